"""Test clients of signed-in users."""

from __future__ import annotations

from django.test import Client

from accounts.models import User


def signed_in(user: User, language: str = "en") -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(user)
    return client
