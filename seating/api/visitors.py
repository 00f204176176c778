"""Visitor that an API request acts for: an account, an app's installation, or a hold's bearer."""

from __future__ import annotations

import hashlib
import re
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from core.errors import InvalidInput
from seating.errors import HoldNotFound
from seating.holds import ownership, transitions
from seating.holds.types import HeldSeats
from seating.holds.visitors import ACCOUNT_PREFIX, BEARER
from seating.models import Hold

VISITOR_HEADER = "X-Visitor"
VISITOR_SECRET = re.compile(r"[A-Za-z0-9_-]{16,128}")
VISITOR_PARAMETER = OpenApiParameter(
    VISITOR_HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="A secret that an app makes at its installation (16–128 letters, digits, - and _)."
    " Without it and without a token, whoever knows a hold's id owns the hold. Sent with a token,"
    " it gives the account what the installation held before the sign-in.",
)


class VisitorSecretInvalid(InvalidInput):
    code = "visitor_invalid"
    message = _("X-Visitor must be 16 to 128 letters, digits, “-” or “_”.")


def app_visitor(secret: str) -> str:
    return f"app:{hashlib.sha256(secret.encode()).hexdigest()}"


def account_visitor(user_id: int) -> str:
    return f"{ACCOUNT_PREFIX}{user_id}"


def visitor_of_header(request: HttpRequest | Request) -> str | None:
    """The app's installation; None without the header. Raises VisitorSecretInvalid."""
    secret = request.headers.get(VISITOR_HEADER, "")
    if not secret:
        return None
    if not VISITOR_SECRET.fullmatch(secret):
        raise VisitorSecretInvalid()
    return app_visitor(secret)


def known_visitor(request: Request) -> str | None:
    """The signed-in customer or the app's installation; None for neither."""
    if request.user is not None and request.user.is_authenticated:
        return account_visitor(request.user.pk)
    return visitor_of_header(request)


def owner_of_hold(request: Request, hold_id: UUID) -> str:
    """The visitor that acts on this hold; for an unnamed client the bearer of the hold's id.

    A hold that was made before signing in is transferred to the account. Raises HoldNotFound,
    VisitorSecretInvalid.
    """
    visitor, installation = known_visitor(request), visitor_of_header(request)
    if visitor is not None and visitor == installation:
        return visitor
    owner = Hold.objects.filter(pk=hold_id).values_list("visitor", flat=True).first()
    if owner is None:
        raise HoldNotFound()
    is_proven = owner == installation or owner.startswith(BEARER)
    if visitor is None:
        if not is_proven:
            raise HoldNotFound()
        return owner
    if not is_proven:
        return visitor
    return ownership.transfer_hold(hold_id=hold_id, former=owner, visitor=visitor)


def hold_of_showtime(request: Request, showtime_id: int) -> HeldSeats:
    """The live hold that the account or the installation has of a showtime.

    That of the installation is transferred to the account, unless the account has one of its own.
    Raises HoldNotFound, VisitorSecretInvalid.
    """
    visitor, installation = known_visitor(request), visitor_of_header(request)
    for each in dict.fromkeys(filter(None, (visitor, installation))):
        held = transitions.current_hold(showtime_id=showtime_id, visitor=each)
        if held is None:
            continue
        if visitor is None or each == visitor:
            return held
        owner = ownership.transfer_hold(hold_id=held.hold_id, former=each, visitor=visitor)
        return transitions.get_hold(hold_id=held.hold_id, visitor=owner)
    raise HoldNotFound()
