"""Rate limits of the API's requests about holds."""

from __future__ import annotations

from collections.abc import Sequence

from rest_framework.request import Request

from core.api.limits import LimitedView
from core.ratelimit import RateLimit
from seating.api.visitors import known_visitor
from seating.holds.limits import HOLD_BY_ADDRESS, HOLD_READS_BY_VISITOR


class HoldView(LimitedView):
    """Counts a network's requests to take seats, unless the caller is signed in; reading and
    releasing counts for the caller, or for the hold of one without a name."""

    limits = (HOLD_BY_ADDRESS,)

    def limits_of(self, request: Request) -> Sequence[RateLimit]:
        takes_seats = request.method in ("POST", "PATCH")
        is_signed_in = request.user is not None and request.user.is_authenticated
        return self.limits if takes_seats and not is_signed_in else ()

    def check_throttles(self, request: Request) -> None:
        super().check_throttles(request)
        if request.method in ("GET", "DELETE"):
            caller = known_visitor(request) or f"hold:{self.kwargs.get('hold_id', '')}"
            self.enforce(HOLD_READS_BY_VISITOR, caller)
