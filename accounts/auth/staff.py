"""Staff access requires a second factor: the only place that decides it.

``settings.STAFF_MFA_REQUIRED`` disables it for demonstrations. Used by the admin site
(``accounts.admin_site.site``), pages outside it (``staff_page``), the dashboard's feed and the
staff API.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts.auth.app_session import is_app
from accounts.auth.enrolment import may_enrol
from accounts.auth.session import (
    STAFF_SESSION,
    Session,
    gave_second_factor,
    has_second_factor,
    is_over,
)
from accounts.models import StrongToken, User
from accounts.signals import landing_asked


def may_work(user: Any, session: Session) -> bool:
    """Whether the user of this session may use their staff permissions."""
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return False
    if is_over(session, timezone.now()):
        return False
    return not settings.STAFF_MFA_REQUIRED or gave_second_factor(session, user)


def may_work_by_token(user: Any, token: Any) -> bool:
    """The same for API callers: ``token`` is the session of an app, or a token of the old kind.

    It stays valid as a customer's when the working day is over.
    """
    if is_app(token):
        return may_work(user, token)
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return False
    if timezone.now() - token.created >= STAFF_SESSION:
        return False
    return not settings.STAFF_MFA_REQUIRED or StrongToken.objects.filter(token=token.pk).exists()


def second_factor_url(request: HttpRequest, next_url: str) -> str:
    """URL where a user signed in by password alone provides, or first sets up, a second factor.

    Without a factor and an invitation it is a page that explains how to get an invitation.

    Signs out a staff session that is over; then the URL is the one to sign in.
    """
    if is_over(request.session, timezone.now()):
        logout(request)
        return f"{reverse('account_login')}?{urlencode({'next': next_url})}"
    user: Any = request.user
    if not has_second_factor(user):
        is_invited = may_enrol(request.session, user, timezone.now())
        name = "mfa_index" if is_invited else "accounts:activate_totp"
    elif Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        name = "mfa_reauthenticate"
    else:
        name = "mfa_reauthenticate_webauthn"
    return f"{reverse(name)}?{urlencode({'next': next_url})}"


def landing_url(user: Any) -> str | None:
    """The page that this member of staff works with alone; None for everybody else."""
    facts: dict[str, str] = {}
    if user.is_authenticated and user.is_staff:
        landing_asked.send(User, user=user, facts=facts)
    return facts.get("url")


def staff_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """View decorator for staff pages outside the admin site."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_staff:
            raise PermissionDenied
        if not may_work(request.user, request.session):
            return HttpResponseRedirect(second_factor_url(request, request.get_full_path()))
        return view(request, *args, **kwargs)

    return guarded
