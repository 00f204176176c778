"""What follows when a password is changed."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from django.dispatch import receiver
from knox.models import AuthToken

from accounts.models import User


@receiver([password_changed, password_reset, password_set])
def revoke_tokens(user: User, **_facts: Any) -> None:
    """Whoever knew the old password is out; Django ends the other browser sessions itself."""
    AuthToken.objects.filter(user=user).delete()
