"""Test clients of signed-in users."""

from __future__ import annotations

from django.contrib.auth import login
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from accounts.auth import app_session
from accounts.auth.session import record
from accounts.models import User


def signed_in(user: User, language: str = "en") -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(user)
    return client


def app_headers(user: User, *, with_second_factor: bool = False) -> dict[str, str]:
    """Headers of an app in which the user signed in just now."""
    request = HttpRequest()
    session = request.session = app_session.begin("Test")
    login(request, user, "django.contrib.auth.backends.ModelBackend")
    record(session, user, timezone.now(), with_second_factor=with_second_factor)
    app_session.extend(session)
    return {"Authorization": f"Bearer {session.session_key}"}
