"""What follows when somebody signs in, or changes how they do."""

from __future__ import annotations

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

from accounts.auth import session
from accounts.models import User


@receiver([password_changed, password_reset, password_set])
def revoke_tokens(user: User, **_facts: Any) -> None:
    """Whoever knew the old password is out; Django ends the other browser sessions itself."""
    AuthToken.objects.filter(user=user).delete()


@receiver(password_reset)
def confirm_address(user: User, **_facts: Any) -> None:
    """Whoever opened the letter has the inbox: nobody keeps them out by signing up before them."""
    for address in EmailAddress.objects.filter(user=user, email=user.email, verified=False):
        address.set_verified()


@receiver(user_logged_in)
def note_sign_in(request: HttpRequest, user: User, **_facts: Any) -> None:
    session.note(request.session, user, timezone.now())


@receiver(authentication_step_completed)
def note_step(request: HttpRequest, user: User, method: str, **_facts: Any) -> None:
    is_second = method == "mfa"
    session.note(request.session, user, timezone.now(), with_second_factor=is_second)


@receiver(authenticator_added)
def note_set_up(
    request: HttpRequest, user: User, authenticator: Authenticator, **_facts: Any
) -> None:
    """Setting a factor up takes a code of it, or a touch: it was given."""
    if authenticator.type in session.SECOND_FACTORS:
        session.note(request.session, user, timezone.now(), with_second_factor=True)
