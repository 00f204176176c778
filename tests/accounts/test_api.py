"""Signing in with the API, and one's own profile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from knox.models import AuthToken

from accounts.api import tokens as api_tokens
from accounts.models import User
from core.ratelimit import SIGN_IN_BY_ACCOUNT, SIGN_IN_BY_ADDRESS
from tests.factories import PASSWORD, make_user
from tests.limits import use_up

pytestmark = pytest.mark.django_db

TOKEN = "/api/v1/auth/token"
ME = "/api/v1/me"


@pytest.fixture
def rani() -> User:
    return make_user(email="rani@example.com", name="Rani", phone="+6281200000101")


@pytest.fixture
def api() -> Client:
    return Client(headers={"Accept-Language": "en"})


def sign(api: Client, email: str = "rani@example.com", password: str = PASSWORD) -> Any:
    return api.post(TOKEN, {"email": email, "password": password}, "application/json")


def holding(token: str) -> dict[str, str]:
    return {"Authorization": f"Token {token}"}


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


PROFILE = {
    "name": "Rani",
    "email": "rani@example.com",
    "phone": "+6281200000101",
    "wants_sms": True,
    "language": "id",
}


def test_sign_in_gives_a_token_that_ends(api: Client, rani: User) -> None:
    at = timezone.now()

    answer = sign(api, "Rani@Example.com")

    document = answer.json()
    token, expires_at = document.pop("token"), parse_datetime(document.pop("expires_at"))
    assert (answer.status_code, document) == (201, {"user": PROFILE})
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert expires_at is not None
    assert timedelta() <= expires_at - at - api_tokens.TOKEN_LIFETIME < timedelta(seconds=10)
    # Only a digest of it is stored.
    row = AuthToken.objects.get()
    assert token not in (row.digest, row.token_key)
    assert api.get(ME, headers=holding(token)).json() == PROFILE


@pytest.mark.parametrize(
    ("email", "password"),
    [("rani@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("rani@example.com", " ")],
)
def test_sign_in_is_refused_equally_for_unknown_users_and_wrong_passwords(
    api: Client, rani: User, email: str, password: str
) -> None:
    answer = sign(api, email, password)

    assert answer.json() == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "code": "sign_in_failed",
        "detail": (
            "This email and password do not belong together, or the email is not confirmed yet."
        ),
    }
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Token")
    assert AuthToken.objects.count() == 0


def test_sign_in_of_an_inactive_person_is_refused(api: Client, rani: User) -> None:
    User.objects.update(is_active=False)

    assert refused(sign(api)) == (401, "sign_in_failed")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["email", "password"]),
        ({"email": "rani", "password": "x"}, ["email"]),
        ({"email": "rani@example.com", "password": "x" * 513}, ["password"]),
        ({"email": "a\0@example.com", "password": "x"}, ["email"]),
        ({"email": ["rani@example.com"], "password": {"$ne": 1}}, ["email", "password"]),
    ],
)
def test_sign_in_without_sense_names_the_fields(
    api: Client, body: dict[str, Any], fields: list[str]
) -> None:
    answer = api.post(TOKEN, body, "application/json")

    assert refused(answer) == (422, "invalid")
    assert list(dict.fromkeys(e["field"] for e in answer.json()["errors"])) == fields


@pytest.mark.parametrize("body", ["{", "[]", "7", ""])
def test_malformed_body_is_refused(api: Client, body: str) -> None:
    answer = api.generic("POST", TOKEN, body, "application/json")

    assert answer.status_code in (400, 422)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_sign_in_is_limited_by_account_wherever_it_is_tried_from(api: Client, rani: User) -> None:
    statuses = [
        api.post(
            TOKEN,
            {"email": "rani@example.com", "password": "wrong"},
            "application/json",
            REMOTE_ADDR=f"10.0.0.{number}",
        ).status_code
        for number in range(SIGN_IN_BY_ACCOUNT.amount)
    ]

    answer = sign(api, "RANI@example.com")

    assert statuses == [401] * SIGN_IN_BY_ACCOUNT.amount
    assert refused(answer) == (429, "rate_limited")
    policy = f'"sign_in_account";q={SIGN_IN_BY_ACCOUNT.amount};w={SIGN_IN_BY_ACCOUNT.per_seconds}'
    assert answer.headers["RateLimit-Policy"] == policy
    assert answer.headers["RateLimit"].startswith('"sign_in_account";r=0;t=')
    assert int(answer.headers["Retry-After"]) > 0
    assert sign(api, "other@example.com").status_code == 401


def test_sign_in_is_limited_by_address(api: Client) -> None:
    assert sign(api, "person@example.com").status_code == 401
    use_up(SIGN_IN_BY_ADDRESS)

    assert refused(sign(api)) == (429, "rate_limited")


def test_expired_token_does_not_prevent_signing_in(api: Client, rani: User) -> None:
    answer = api.post(
        TOKEN,
        {"email": rani.email, "password": PASSWORD},
        "application/json",
        headers=holding("long gone"),
    )

    assert answer.status_code == 201


def test_tokens_of_one_person_are_bounded(
    api: Client, rani: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_tokens, "TOKENS_MAX", 2)
    tokens = [sign(api).json()["token"] for _number in range(3)]

    statuses = [api.get(ME, headers=holding(token)).status_code for token in tokens]

    assert statuses == [401, 200, 200]


def test_sign_out_revokes_the_token_shown_and_no_other(api: Client, rani: User) -> None:
    phone, tablet = (sign(api).json()["token"] for _device in range(2))

    answer = api.delete(TOKEN, headers=holding(phone))

    assert (answer.status_code, answer.content) == (204, b"")
    assert api.get(ME, headers=holding(phone)).status_code == 401
    assert api.get(ME, headers=holding(tablet)).status_code == 200


def test_token_that_has_ended_is_refused(api: Client, rani: User) -> None:
    token = sign(api).json()["token"]
    AuthToken.objects.update(expiry=datetime(2026, 1, 1, tzinfo=UTC))

    assert api.get(ME, headers=holding(token)).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Token"}, {"Authorization": "Token x"}])
@pytest.mark.parametrize(("method", "path"), [("GET", ME), ("PATCH", ME), ("DELETE", TOKEN)])
def test_stranger_is_refused(api: Client, headers: dict[str, str], method: str, path: str) -> None:
    answer = api.generic(method, path, "{}", "application/json", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == ("Token" if path == TOKEN else "Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"


def patch(api: Client, user: User, body: Any) -> Any:
    _row, token = AuthToken.objects.create(user=user)
    return api.patch(ME, body, "application/json", headers=holding(token))


@pytest.mark.parametrize("phone", ["0812 3456 7890", "62 812-3456-7890", "+6281234567890"])
def test_profile_takes_every_way_to_write_an_indonesian_number(
    api: Client, rani: User, phone: str
) -> None:
    answer = patch(
        api, rani, {"name": "Rani P.", "phone": phone, "wants_sms": False, "language": "en"}
    )

    changed = {
        "name": "Rani P.",
        "phone": "+6281234567890",
        "wants_sms": False,
        "language": "en",
    }
    assert (answer.status_code, answer.json()) == (200, PROFILE | changed)
    rani.refresh_from_db()
    assert {name: str(getattr(rani, name)) for name in changed} == {
        name: str(value) for name, value in changed.items()
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"is_staff": True}, "is_staff"),
        ({"is_superuser": True, "name": "Boss"}, "is_superuser"),
        ({"email": "admin@example.com"}, "email"),
        ({"id": 1}, "id"),
        ({"password": "new"}, "password"),
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"phone": "0812"}, "phone"),
        ({"phone": "call me"}, "phone"),
        ({"language": "jv"}, "language"),
    ],
)
def test_profile_refuses_and_changes_nothing(
    api: Client, rani: User, body: dict[str, Any], field: str
) -> None:
    before = User.objects.values().get()

    answer = patch(api, rani, body)

    assert refused(answer) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert User.objects.values().get() == before


def test_slash_at_the_end_is_forgiven(api: Client, rani: User) -> None:
    answer = api.post(f"{TOKEN}/", {"email": rani.email, "password": PASSWORD}, "application/json")

    assert answer.status_code == 201
    assert api.get(f"{ME}/", headers=holding(answer.json()["token"])).status_code == 200


def test_sign_in_sent_again_with_its_key_gives_the_same_token(api: Client, rani: User) -> None:
    def once_more() -> Any:
        return api.post(
            TOKEN,
            {"email": rani.email, "password": PASSWORD},
            "application/json",
            headers={"Idempotency-Key": "sign-in-1"},
        )

    first, second = once_more(), once_more()

    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert AuthToken.objects.count() == 1
