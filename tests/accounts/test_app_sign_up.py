"""Signing up and in with the API: sessions, codes by email, second factors."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.models import User, UserSession
from accounts.session_store import SessionStore
from core.ratelimit import SIGN_IN_BY_ACCOUNT
from tests.factories import PASSWORD, make_user
from tests.limits import use_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("eager_tasks")]

EMAIL = "rani@example.com"
NEW = {"email": EMAIL, "password": PASSWORD, "name": "Rani", "phone": "0812 0000 0101"}
CODE = re.compile(r"^([A-Z0-9-]{6,})$", re.MULTILINE)


def call(method: str, path: str, body: Any = None, token: str = "", **headers: str) -> Any:
    sent = {"Accept-Language": "en"} | {k.replace("_", "-"): v for k, v in headers.items()}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    send = getattr(Client(), method)
    if body is None:
        return send(f"/api/v1/{path}", headers=sent)
    return send(f"/api/v1/{path}", body, content_type="application/json", headers=sent)


def code_of_email() -> str:
    [code] = CODE.findall(str(mail.outbox[-1].body))
    return str(code)


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def session_of(user: User, password: str = PASSWORD) -> str:
    answer = call("post", "account/sessions", {"email": user.email, "password": password})
    assert (answer.status_code, answer.json()["status"]) == (201, "signed_in")
    return str(answer.json()["token"])


def test_sign_up_confirms_the_address_by_a_code_and_signs_in() -> None:
    begun = call("post", "account", NEW | {"device": "Pixel 9"})

    pending = begun.json()
    pending_token, _until = pending.pop("token"), pending.pop("expires_at")
    assert (begun.status_code, pending) == (
        201,
        {"status": "confirm_email", "second_factors": [], "user": None},
    )
    assert begun["Cache-Control"] == "private, no-store"
    assert not begun.cookies
    assert refused(call("get", "me", token=pending_token)) == (401, "authentication_failed")
    assert mail.outbox[-1].subject == "[Layar] Confirm your email address"

    done = call("post", "account/confirmation", {"code": code_of_email()}, pending_token)

    document = done.json()
    token = document.pop("token")
    assert (done.status_code, document["status"], not done.cookies) == (200, "signed_in", True)
    assert document["user"] == {
        "name": "Rani",
        "email": EMAIL,
        "phone": "+6281200000101",
        "wants_sms": True,
        "language": "en",
    }
    assert call("get", "me", token=token).json() == document["user"]
    assert token != pending_token
    assert refused(call("get", "me", token=pending_token)) == (401, "authentication_failed")
    assert EmailAddress.objects.get().verified


def test_sign_up_with_a_known_address_looks_the_same_and_no_code_is_right() -> None:
    make_user(email=EMAIL)

    begun = call("post", "account", NEW)

    pending = begun.json()
    token = pending.pop("token")
    assert (begun.status_code, pending["status"]) == (201, "confirm_email")
    assert mail.outbox[-1].subject == "[Layar] You have an account already"
    answers = [call("post", "account/confirmation", {"code": ""}, token)]
    answers += [call("post", "account/confirmation", {"code": "AAAAAA"}, token) for _ in range(4)]
    assert [refused(answer) for answer in answers] == [
        (422, "invalid"),
        *[(422, "code_incorrect")] * 3,
        (409, "nothing_to_confirm"),
    ]
    assert User.objects.count() == 1


def test_wrong_codes_are_counted_and_a_new_one_replaces_the_former() -> None:
    token = call("post", "account", NEW).json()["token"]
    former = code_of_email()

    assert refused(call("post", "account/confirmation", {"code": "AAAAAA"}, token)) == (
        *(422, "code_incorrect"),
    )
    assert call("post", "account/confirmation/code", token=token).status_code == 204
    assert refused(call("post", "account/confirmation", {"code": former}, token))[1] == (
        "code_incorrect"
    )
    assert call("post", "account/confirmation", {"code": code_of_email()}, token).status_code == 200


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["email", "password", "name"]),
        (NEW | {"password": "12345678"}, ["password"]),
        (NEW | {"email": "rani"}, ["email"]),
        (NEW | {"is_staff": True}, ["is_staff"]),
    ],
)
def test_sign_up_without_sense_names_the_fields(body: dict[str, Any], fields: list[str]) -> None:
    answer = call("post", "account", body)

    assert refused(answer) == (422, "invalid")
    assert list(dict.fromkeys(each["field"] for each in answer.json()["errors"])) == fields
    assert (User.objects.count(), mail.outbox) == (0, [])


def test_unconfirmed_account_cannot_sign_in() -> None:
    call("post", "account", NEW)

    answer = call("post", "account/sessions", {"email": EMAIL, "password": PASSWORD})

    assert refused(answer) == (401, "sign_in_failed")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("email", "password"), [(EMAIL, "wrong"), ("nobody@example.com", PASSWORD)]
)
def test_sign_in_is_refused_equally_and_counted(email: str, password: str) -> None:
    make_user(email=EMAIL)
    body = {"email": email, "password": password}

    answers = [call("post", "account/sessions", body) for _ in range(6)]

    assert [refused(answer) for answer in answers] == [
        *[(401, "sign_in_failed")] * 5,
        (429, "rate_limited"),
    ]
    assert UserSession.objects.count() == 0


def test_sign_in_is_limited_by_account() -> None:
    make_user(email=EMAIL)
    use_up(SIGN_IN_BY_ACCOUNT, EMAIL)

    answer = call("post", "account/sessions", {"email": EMAIL, "password": PASSWORD})

    assert refused(answer) == (429, "rate_limited")


def test_session_is_refreshed_and_ended() -> None:
    token = session_of(make_user(email=EMAIL))

    refreshed = call("post", "account/session/refresh", token=token)

    assert (refreshed.status_code, refreshed.json()["token"]) == (200, token)
    assert call("get", "account/session", token=token).json()["status"] == "signed_in"
    assert call("delete", "account/session", token=token).status_code == 204
    assert refused(call("get", "account/session", token=token)) == (401, "authentication_failed")


def test_sessions_are_listed_and_ended_by_their_owner_alone() -> None:
    rani, budi = make_user(email=EMAIL), make_user()
    body = {"email": EMAIL, "password": PASSWORD, "device": "Tablet"}
    first = call("post", "account/sessions", body).json()["token"]
    second, others = session_of(rani), session_of(budi)
    browser = Client()
    browser.force_login(rani)

    listed = call("get", "account/sessions", token=second).json()

    assert sorted((each["kind"], each["device"], each["is_current"]) for each in listed) == [
        ("app", "", True),
        ("app", "Tablet", False),
        ("browser", "", False),
    ]
    [tablet] = [each["id"] for each in listed if each["device"] == "Tablet"]
    path = f"account/sessions/{tablet}"
    assert refused(call("delete", path, token=others)) == (404, "session_not_found")
    assert refused(call("delete", path)) == (401, "not_authenticated")
    assert call("delete", path, token=second).status_code == 204
    assert refused(call("get", "me", token=first)) == (401, "authentication_failed")
    assert call("delete", "account/sessions", token=second).status_code == 204
    assert refused(call("get", "me", token=second)) == (401, "authentication_failed")
    assert UserSession.objects.filter(user=rani).count() == 0
    assert call("get", "me", token=others).status_code == 200


def test_cookie_of_a_browser_is_no_token() -> None:
    browser = Client()
    browser.force_login(make_user())
    key = browser.cookies["sessionid"].value

    for token in (key, "x" * 32, "\u00e9" * 32, "x"):
        assert refused(call("get", "me", token=token)) == (401, "authentication_failed")
    assert SessionStore(key).get("is_app") is None


def test_expired_token_does_not_prevent_signing_in() -> None:
    make_user(email=EMAIL)
    body = {"email": EMAIL, "password": PASSWORD}

    assert call("post", "account/sessions", body, token="x" * 32).status_code == 201


def test_repeated_sign_in_replays_the_session() -> None:
    make_user(email=EMAIL)
    body = {"email": EMAIL, "password": PASSWORD}

    first, again = (
        call("post", "account/sessions", body, Idempotency_Key="once", X_Visitor="v" * 20)
        for _ in range(2)
    )

    assert (again.json(), again["Idempotent-Replayed"]) == (first.json(), "true")
