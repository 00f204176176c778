"""Signing up and in, and one's own profile, on the site."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from knox.models import AuthToken

from accounts.models import User
from accounts.tasks import queue_email
from cinema_project.celery import app
from demo import chain
from tests.factories import PASSWORD, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("eager_tasks")]

SIGN_UP = "/en/accounts/signup/"
SIGN_IN = "/en/accounts/login/"
RESET = "/en/accounts/password/reset/"
PROFILE = "/en/accounts/profile/"


@pytest.fixture
def rani() -> User:
    return make_user(email="rani@example.com", name="Rani", phone="+6281200000101")


def sign_up(client: Client, path: str = SIGN_UP, **fields: str) -> Any:
    form = {"name": "Budi Hartono", "email": "Budi@Example.com", "password1": PASSWORD}
    return client.post(path, form | fields)


def errors(answer: Any) -> dict[str, list[str]]:
    return {name: list(texts) for name, texts in answer.context["form"].errors.items()}


@pytest.mark.parametrize(
    ("phone", "stored"),
    [
        ("", ""),
        ("0812 3456 7890", "+6281234567890"),
        ("6281234567890", "+6281234567890"),
        ("+62 812-3456-7890", "+6281234567890"),
        ("+65 8123 4567", "+6581234567"),
    ],
)
@pytest.mark.parametrize(("path", "language"), [(SIGN_UP, "en"), ("/accounts/signup/", "id")])
def test_sign_up_saves_who_one_is(
    client: Client, phone: str, stored: str, path: str, language: str
) -> None:
    answer = sign_up(client, path, phone=phone, is_staff="on", is_superuser="on")

    user = User.objects.get()
    assert answer.status_code == 302
    assert (user.email, user.name, str(user.phone), user.language) == (
        "budi@example.com",
        "Budi Hartono",
        stored,
        language,
    )
    assert (user.is_staff, user.is_superuser) == (False, False)
    assert "_auth_user_id" not in client.session  # not before the address is confirmed
    assert [message.to for message in mail.outbox] == [["budi@example.com"]]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": ""}, {"name": ["Please tell us your name."]}),
        ({"phone": "0812"}, {"phone": ["This is not a phone number, such as 0812 3456 7890."]}),
        ({"password1": "123"}, None),
        ({"email": "budi"}, {"email": ["Enter a valid email address."]}),
    ],
)
def test_sign_up_without_sense_is_refused_with_a_message(
    client: Client, fields: dict[str, str], expected: dict[str, list[str]] | None
) -> None:
    answer = sign_up(client, **fields)

    assert answer.status_code == 200
    if expected is None:
        assert list(errors(answer)) == ["password1"]
    else:
        assert errors(answer) == expected
    assert User.objects.count() == 0


def test_sign_in_redirects_to_the_requested_page(client: Client, rani: User) -> None:
    form = {"login": "Rani@example.com", "password": PASSWORD, "next": "/en/showtimes/7/checkout/"}
    page = client.get(SIGN_IN, {"next": form["next"]})

    answer = client.post(SIGN_IN, form)

    assert '<input type="hidden" name="next" value="/en/showtimes/7/checkout/">' in (
        page.content.decode()
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, "/en/showtimes/7/checkout/")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:x"])
def test_sign_in_never_leads_to_another_site(client: Client, rani: User, target: str) -> None:
    answer = client.post(SIGN_IN, {"login": rani.email, "password": PASSWORD, "next": target})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/en/bookings/")


def test_sign_in_is_refused_equally_for_unknown_users_and_wrong_passwords(
    client: Client, rani: User
) -> None:
    answers = [
        errors(client.post(SIGN_IN, {"login": email, "password": "wrong"}))
        for email in ("rani@example.com", "nobody@example.com")
    ]

    assert answers[0] == answers[1]
    assert list(answers[0]) == ["__all__"]


def test_reset_response_is_the_same_for_known_and_unknown_addresses(
    client: Client, rani: User
) -> None:
    answers = [
        client.post(RESET, {"email": email}) for email in ("rani@example.com", "no@example.com")
    ]

    assert [(answer.status_code, answer.headers["Location"]) for answer in answers] == [
        (302, "/en/accounts/password/reset/done/")
    ] * 2
    assert [message.to for message in mail.outbox] == [["rani@example.com"], ["no@example.com"]]
    assert "/accounts/password/reset/key/" in str(mail.outbox[0].body)
    assert "/accounts/password/reset/key/" not in str(mail.outbox[1].body)


def test_reset_link_changes_the_password_once(client: Client, rani: User) -> None:
    client.post(RESET, {"email": rani.email})
    link = next(word for word in str(mail.outbox[0].body).split() if "/reset/key/" in word)
    form_path = client.get(link).headers["Location"]

    changed = client.post(
        form_path, {"password1": "another long one", "password2": "another long one"}
    )
    again = Client().get(link)

    rani.refresh_from_db()
    assert changed.status_code == 302
    assert rani.check_password("another long one")
    assert "This link no longer works" in again.content.decode()


def test_new_password_revokes_every_token_and_other_session(client: Client, rani: User) -> None:
    AuthToken.objects.create(user=rani)
    other = Client()
    for browser in (client, other):
        browser.post(SIGN_IN, {"login": rani.email, "password": PASSWORD})

    changed = client.post(
        "/en/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "another long one", "password2": "another long one"},
    )

    assert changed.status_code == 302
    assert AuthToken.objects.count() == 0
    assert [browser.get(PROFILE).status_code for browser in (client, other)] == [200, 302]


def test_email_is_sent_even_when_the_broker_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    app.conf.task_always_eager = False
    monkeypatch.setattr(app.conf, "broker_write_url", "redis://127.0.0.1:1")
    monkeypatch.setattr(app, "_pool", None)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)

    queue_email("Hello", "Text", "tickets@example.com", ["rani@example.com"])

    assert [email.subject for email in mail.outbox] == ["Hello"]


def test_profile_of_a_stranger_leads_to_signing_in(client: Client) -> None:
    answer = client.get(PROFILE)

    assert (answer.status_code, answer.headers["Location"]) == (302, f"{SIGN_IN}?next={PROFILE}")


def test_profile_saves_and_uses_the_chosen_language(client: Client, rani: User) -> None:
    client.force_login(rani, "django.contrib.auth.backends.ModelBackend")

    answer = client.post(
        PROFILE,
        {
            "name": "Rani P.",
            "phone": "081234567890",
            "language": "id",
            "is_staff": "on",
            "email": "x@y.z",
        },
    )

    rani.refresh_from_db()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/profile/")
    assert (rani.name, str(rani.phone), rani.language) == ("Rani P.", "+6281234567890", "id")
    assert (rani.email, rani.is_staff) == ("rani@example.com", False)


def test_profile_switches_text_messages_off_and_on(client: Client, rani: User) -> None:
    client.force_login(rani, "django.contrib.auth.backends.ModelBackend")
    form = {"name": "Rani", "phone": "", "language": "en"}

    wanted = []
    for ticked in ({}, {"wants_sms": "on"}):
        client.post(PROFILE, form | ticked)
        rani.refresh_from_db()
        wanted.append(rani.wants_sms)

    assert wanted == [False, True]


def test_profile_without_sense_changes_nothing(client: Client, rani: User) -> None:
    client.force_login(rani, "django.contrib.auth.backends.ModelBackend")
    before = User.objects.values().get()

    answer = client.post(PROFILE, {"name": "", "phone": "call me", "language": "jv"})

    assert sorted(errors(answer)) == ["language", "name", "phone"]
    assert User.objects.exclude(last_login=None).values().get() | {"last_login": None} == (
        before | {"last_login": None}
    )


@pytest.mark.parametrize(
    "path",
    [
        SIGN_IN,
        SIGN_UP,
        RESET,
        "/en/accounts/password/reset/done/",
        "/en/accounts/password/reset/key/done/",
        "/en/accounts/confirm-email/",
        "/en/accounts/confirm-email/nonsense/",
        "/en/accounts/inactive/",
    ],
)
def test_anonymous_page_uses_the_sites_layout(client: Client, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 200
    assert '<main id="content"' in answer.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        PROFILE,
        "/en/accounts/email/",
        "/en/accounts/password/change/",
        "/en/accounts/logout/",
        "/en/accounts/reauthenticate/",
    ],
)
def test_signed_in_page_uses_the_sites_layout(client: Client, rani: User, path: str) -> None:
    client.post(SIGN_IN, {"login": rani.email, "password": PASSWORD})

    answer = client.get(path)

    assert answer.status_code == 200
    assert '<main id="content"' in answer.content.decode()


def test_demo_shows_the_customer_sign_in_only(client: Client, settings: Any) -> None:
    outcomes = []
    for is_demo in (False, True):
        settings.DEMO = is_demo
        page = client.get(SIGN_IN).content.decode()
        outcomes.append((chain.PASSWORD in page, chain.CUSTOMERS[0].email in page))
        assert chain.CHAIN_ADMIN.email not in page

    assert outcomes == [(False, False), (True, True)]
