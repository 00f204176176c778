"""Sessions of apps: what their tokens open, how long they last, and how many there are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.auth import app_session
from accounts.models import User
from accounts.session_store import AppSessionStore, SessionStore, end_sessions
from core.ratelimit import PROFILE_BY_ACCOUNT, SIGN_IN_BY_ADDRESS
from tests.accounts.test_app_sign_up import EMAIL, call, code_of_email, refused, session_of
from tests.clients import app_headers
from tests.factories import PASSWORD, make_user
from tests.limits import use_up

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


def test_session_that_ends_during_a_request_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rani = make_user(email=EMAIL)
    user_of = app_session.user_of

    def signed_out_meanwhile(session: Any) -> User | None:
        user = user_of(session)
        end_sessions(rani.pk)
        return user

    tokens = [session_of(rani), session_of(rani)]
    with monkeypatch.context() as patched:
        patched.setattr(app_session, "user_of", signed_out_meanwhile)
        refreshed = call("post", "account/session/refresh", token=tokens[0])
    assert refused(refreshed) == (401, "authentication_failed")

    tokens = [session_of(rani)]
    with monkeypatch.context() as patched:
        patched.setattr(app_session, "user_of", signed_out_meanwhile)
        changed = call("post", "account/totp", token=tokens[0])  # stores a secret in the session
    assert changed.status_code == 200
    assert refused(call("get", "me", token=tokens[0])) == (401, "authentication_failed")


def test_signing_in_counts_as_signing_in() -> None:
    make_user(email=EMAIL)
    body = {"email": EMAIL, "password": PASSWORD}

    use_up(PROFILE_BY_ACCOUNT)
    assert call("post", "account/sessions", body).status_code == 201
    use_up(SIGN_IN_BY_ADDRESS)
    assert refused(call("post", "account/sessions", body)) == (429, "rate_limited")
    assert refused(call("post", "auth/token", body)) == (429, "rate_limited")


def test_further_sign_in_ends_the_oldest_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_session, "APP_SESSIONS_MAX", 2)
    rani = make_user(email=EMAIL)
    browser = Client()
    browser.force_login(rani)

    tokens = [session_of(rani) for _ in range(3)]

    answers = [call("get", "me", token=token).status_code for token in tokens]
    assert answers == [401, 200, 200]
    listed = call("get", "account/sessions", token=tokens[2]).json()
    assert sorted(each["kind"] for each in listed) == ["app", "app", "browser"]


def test_ended_sessions_do_not_hide_valid_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_session, "SESSIONS_MAX", 1)
    rani = make_user(email=EMAIL)
    token = session_of(rani)
    later = AppSessionStore(session_of(rani))
    later["_auth_user_hash"] = "of a former password"
    later.save()

    listed = call("get", "account/sessions", token=token).json()

    assert [each["is_current"] for each in listed] == [True]


def test_address_that_somebody_else_took_is_not_confirmed() -> None:
    new = "new@example.com"
    token = session_of(make_user(email=EMAIL))
    call("post", "account/email", {"email": new}, token)
    make_user(email=new)

    answer = call("post", "account/email/confirmation", {"code": code_of_email()}, token)

    assert refused(answer) == (409, "nothing_to_confirm")
    assert call("get", "me", token=token).json()["email"] == EMAIL
    assert not EmailAddress.objects.filter(verified=True).exists()


def test_reading_the_session_does_not_make_it_last_longer() -> None:
    token = session_of(make_user(email=EMAIL))
    in_ten_days = timezone.now() + timedelta(days=10)
    until = Session.objects.get(pk=token).expire_date

    with time_machine.travel(in_ten_days):
        read = call("get", "account/session", token=token).json()["expires_at"]
        stored = Session.objects.get(pk=token).expire_date
        refreshed = call("post", "account/session/refresh", token=token).json()["expires_at"]

    assert (stored, refreshed > read) == (until, True)
    assert datetime.fromisoformat(read) == until


@pytest.mark.parametrize(
    ("minutes", "answered"), [(14, (204, "")), (16, (409, "nothing_to_confirm"))]
)
def test_code_for_a_new_password_is_valid_for_a_quarter_of_an_hour(
    minutes: int, answered: tuple[int, str]
) -> None:
    make_user(email=EMAIL)
    token = call("post", "account/password-reset", {"email": EMAIL}).json()["token"]
    body = {"code": code_of_email(), "password": "a longer passphrase 7"}

    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        answer = call("post", "account/password-reset/completion", body, token)

    code = answer.json()["code"] if answer.content else ""
    assert (answer.status_code, code) == answered
