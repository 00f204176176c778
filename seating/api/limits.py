"""Rate limit of the API's requests to take seats."""

from __future__ import annotations

from collections.abc import Sequence

from rest_framework.request import Request

from core.ratelimit import LimitedView, RateLimit
from seating.holds.limits import HOLD_BY_ADDRESS


class HoldView(LimitedView):
    """Counts a network's requests to take seats, unless the caller is signed in."""

    limits = (HOLD_BY_ADDRESS,)

    def limits_of(self, request: Request) -> Sequence[RateLimit]:
        takes_seats = request.method in ("POST", "PATCH")
        is_signed_in = request.user is not None and request.user.is_authenticated
        return self.limits if takes_seats and not is_signed_in else ()
