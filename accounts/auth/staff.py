"""Staff work only after a sign-in with a second factor: the one place that decides it.

``settings.STAFF_MFA_REQUIRED`` switches it off for a demonstration. Asked by the office
(``accounts.admin_site.site``), by pages outside of it (``staff_page``), by the desk's feed and by
the staff's API.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.auth.session import Session, gave_second_factor, has_second_factor
from accounts.models import StrongToken


def may_work(user: Any, session: Session) -> bool:
    """Whether this person, signed in as this session tells, may do what their posts allow."""
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return False
    return not settings.STAFF_MFA_REQUIRED or gave_second_factor(session, user)


def may_work_by_token(user: Any, token: Any) -> bool:
    """The same for the API, whose callers carry a token instead of a session."""
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return False
    return not settings.STAFF_MFA_REQUIRED or StrongToken.objects.filter(token=token.pk).exists()


def way_to_work(request: HttpRequest, wanted: str) -> str:
    """Where somebody who signed in with a password alone gives, or first sets up, the second."""
    user: Any = request.user
    if not has_second_factor(user):
        way = "mfa_index"
    elif Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        way = "mfa_reauthenticate"
    else:
        way = "mfa_reauthenticate_webauthn"
    return f"{reverse(way)}?{urlencode({'next': wanted})}"


def staff_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For pages outside the office: signed in, of the staff, and with a second factor."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_staff:
            raise PermissionDenied
        if not may_work(request.user, request.session):
            return HttpResponseRedirect(way_to_work(request, request.get_full_path()))
        return view(request, *args, **kwargs)

    return guarded
