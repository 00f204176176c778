"""Ending a user's sessions and tokens, and removing a lost second factor."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction
from knox.models import AuthToken

from accounts.models import User
from accounts.session_store import end_sessions


@transaction.atomic
def sign_out_everywhere(user: User) -> int:
    """End the user's sessions and API tokens; how many there were."""
    tokens: int = AuthToken.objects.filter(user=user).delete()[0]
    return end_sessions(user.pk) + tokens


@transaction.atomic
def remove_second_factors(user: User) -> int:
    """Remove app, passkeys and recovery codes, and sign out everywhere; how many factors.

    Staff then need an invitation to set up a new one. Locks the user.
    """
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    removed: int = Authenticator.objects.filter(user=user).delete()[0]
    sign_out_everywhere(user)
    return removed
