"""Passwords and API tokens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.auth.stages import must_confirm_address
from accounts.auth.throttle import Attempt
from accounts.models import StrongToken, User
from core.api.limits import LimitedView
from core.api.views import django_request

TOKEN_LIFETIME = timedelta(days=90)
TOKENS_MAX = 20  # per user; the oldest are removed


def user_by_password(email: str, password: str) -> User | None:
    """The active user with this email, password and a confirmed address; else None.

    A password is hashed even if there is no such user, so that the response time does not reveal
    who has an account.
    """
    user = User.objects.alias(email_key=Lower("email")).filter(email_key=email.lower()).first()
    if user is None:
        make_password(password)
        return None
    if not user.check_password(password) or not user.is_active or must_confirm_address(user):
        return None
    return user


def checked_password(
    view: LimitedView, request: Request, email: str, password: str
) -> tuple[User, Attempt]:
    """The user, and the attempt that still counts until ``succeed``.

    Raises Throttled, or AuthenticationFailed (``sign_in_failed``).
    """
    attempt = Attempt.of(django_request(request), email)
    view.check(attempt.hit())
    user = user_by_password(email, password)
    if user is None:
        message = _(
            "This email and password do not belong together, or the email is not confirmed yet."
        )
        raise AuthenticationFailed(message, code="sign_in_failed")
    return user, attempt


def is_code_valid(user: User, code: str) -> bool:
    """Whether this is a current code of the user's app or an unused recovery code."""
    factors = Authenticator.objects.filter(
        user=user, type__in=[Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]
    )
    return any(factor.wrap().validate_code(code) for factor in factors.order_by("-type"))


@transaction.atomic
def issue_token(user: User, *, is_strong: bool, at: datetime) -> tuple[str, datetime]:
    """A new token, stored only as a digest, and its expiry.

    ``is_strong``: a second factor was given, so that staff may use their permissions with it.
    """
    row: Any
    row, token = AuthToken.objects.create(user=user, expiry=TOKEN_LIFETIME)
    if is_strong:
        StrongToken.objects.create(token=row, given_at=at)
    newest = AuthToken.objects.filter(user=user).order_by("-created")
    kept = list(newest.values_list("pk", flat=True)[:TOKENS_MAX])
    AuthToken.objects.filter(user=user).exclude(pk__in=kept).delete()
    return token, row.expiry
