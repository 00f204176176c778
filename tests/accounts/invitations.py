"""Invitations of staff in tests."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.staff_access.invitations import invite

CHOSEN = "kursi-belakang-77"
PAGE = "/en/accounts/invitation/"


def invitation_path(user: User) -> str:
    """The path of a new invitation's link, in English."""
    sent = invite(user=user, by=None, at=timezone.now(), by_email=False)
    return "/en" + urlsplit(sent.url).path.removeprefix("/en")


def accept_invitation(client: Client, user: User) -> Any:
    client.get(invitation_path(user))
    return client.post(PAGE, {"password": CHOSEN})
