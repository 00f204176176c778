"""Sessions of apps: what their tokens open, how long they last, and how many there are."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.session_store import AppSessionStore, SessionStore
from tests.clients import app_headers
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("eager_tasks")]


def token_of(headers: dict[str, str]) -> str:
    return headers["Authorization"].partition(" ")[2]


def test_token_of_an_app_is_no_cookie() -> None:
    headers = app_headers(make_user(is_staff=True, is_superuser=True), with_second_factor=True)
    browser = Client()
    browser.cookies["sessionid"] = token_of(headers)

    pages = [reverse(name) for name in ("admin:index", "accounts:profile", "accounts:delete")]
    answers = [browser.get(page) for page in pages]

    assert [answer.status_code for answer in answers] == [302] * 3
    assert ["/login/" in answer["Location"] for answer in answers] == [True] * 3
    session = SessionStore(token_of(headers))
    session["visited"] = True
    session.save()
    assert session.session_key != token_of(headers)
    assert AppSessionStore(token_of(headers)).get("visited") is None
    assert Client(headers=headers).get("/api/v1/me").status_code == 200
