"""Visitor identity of a browser: a signed cookie with a random id.

Independent of the session: choosing seats creates no session row, and signing in or out keeps the
seats.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

COOKIE = "layar_visitor"
COOKIE_SALT = "seating.visitor"
COOKIE_MAX_AGE_SECONDS = 60 * 60 * 24 * 180
VISITOR_PREFIX = "web:"
BEARER = "bearer:"
ACCOUNT_PREFIX = "user:"  # of the API's visitors that are signed in
# Prefix of the visitor of a hold that is offered after a lost race (``seating.holds.rescue``).
RESCUE_PREFIX = "rescue:"
# Prefix of the visitor of a hold that is offered to a waitlist entry (``seating.holds.offers``).
OFFER_PREFIX = "waitlist:"


def new_bearer() -> str:
    """A visitor for a client that identifies itself only by the hold's id."""
    return f"{BEARER}{uuid.uuid4()}"


def site_visitor(request: HttpRequest) -> str | None:
    """The visitor of this browser's cookie; None if it is missing or tampered with."""
    made_now: str | None = getattr(request, "_new_visitor", None)
    if made_now is not None:
        return made_now
    kept = request.COOKIES.get(COOKIE)
    if kept is None:
        return None
    try:
        name: str = signing.Signer(salt=COOKIE_SALT).unsign(kept)
    except signing.BadSignature:
        return None
    return VISITOR_PREFIX + name


def ensure_site_visitor(request: HttpRequest, response: HttpResponseBase) -> str:
    """The browser's visitor; created and stored in its cookie if it had none."""
    known = site_visitor(request)
    visitor = known or new_site_visitor(request)
    if hasattr(request, "_new_visitor"):
        response.set_cookie(
            COOKIE,
            signing.Signer(salt=COOKIE_SALT).sign(visitor.removeprefix(VISITOR_PREFIX)),
            max_age=COOKIE_MAX_AGE_SECONDS,
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
    return visitor


def new_site_visitor(request: HttpRequest) -> str:
    """A visitor for this request that ``ensure_site_visitor`` will put into the cookie."""
    visitor = VISITOR_PREFIX + str(uuid.uuid4())
    request._new_visitor = visitor  # type: ignore[attr-defined]  # known to this module alone
    return visitor
