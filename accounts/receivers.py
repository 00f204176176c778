"""Receivers of sign-ins, changed passwords and second factors, and exports of personal data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import (
    authentication_step_completed,
    password_changed,
    password_reset,
    password_set,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from knox.models import AuthToken

from accounts.auth import app_session, session
from accounts.models import User
from accounts.privacy.person import Person
from accounts.signals import personal_data_wanted


@receiver([password_changed, password_reset, password_set])
def revoke_tokens(user: User, **_kwargs: Any) -> None:
    """Revoke API tokens after a password change; Django ends other browser sessions itself."""
    AuthToken.objects.filter(user=user).delete()


@receiver(password_reset)
def confirm_address(user: User, **_kwargs: Any) -> None:
    """A reset link proves access to the inbox, so the address counts as confirmed.

    Otherwise a stranger could block an address by signing up with it first.
    """
    for address in EmailAddress.objects.filter(user=user, email=user.email, verified=False):
        address.set_verified()


@receiver(personal_data_wanted)
def export_sessions(person: Person, collected: dict[str, Any], at: datetime, **_kw: Any) -> None:
    if person.user is None:
        return
    collected["sessions"] = [
        {
            "kind": each.kind,
            "device": each.device,
            "authenticated_at": each.authenticated_at,
            "expires_at": each.expires_at,
        }
        for each in app_session.devices(person.user, None, at)
    ]


@receiver(user_logged_in)
def record_sign_in(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    session.record(request.session, user, timezone.now())


@receiver(authentication_step_completed)
def record_step(request: HttpRequest, user: User, method: str, **_kwargs: Any) -> None:
    is_second = method == "mfa"
    session.record(request.session, user, timezone.now(), with_second_factor=is_second)


@receiver(authenticator_added)
def record_enrolment(
    request: HttpRequest, user: User, authenticator: Authenticator, **_kwargs: Any
) -> None:
    """Record the second factor: enrolling requires a code or a touch."""
    if authenticator.type in session.SECOND_FACTORS:
        session.record(request.session, user, timezone.now(), with_second_factor=True)
