"""Sessions: cookie attributes, renewal, expiry and redirects."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.auth.session import AT_KEY, STAFF_SESSION
from accounts.models import User
from cinema_project.celery import app
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

SIGN_IN = "/en/accounts/login/"
PROFILE = "/en/accounts/profile/"
CHANGE = "/en/accounts/password/change/"
ELSEWHERE = ("https://evil.example/", "//evil.example/", "\\\\evil.example", "javascript:alert(1)")


@pytest.fixture
def rani() -> User:
    return make_user(email="rani@example.com")


def sign_in(client: Client, user: User, password: str = PASSWORD) -> Any:
    return client.post(SIGN_IN, {"login": user.email, "password": password})


def opens(client: Client) -> int:
    return client.get(PROFILE).status_code


def flags(client: Client, name: str) -> tuple[bool, bool, str]:
    cookie = client.cookies[name]
    return bool(cookie["httponly"]), bool(cookie["secure"]), cookie["samesite"]


@pytest.mark.parametrize("is_https", [False, True])
def test_cookies_are_for_this_site_and_no_script(rani: User, settings: Any, is_https: bool) -> None:
    """Whether cookies are secure follows from SITE_URL."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = is_https
    client = Client()
    client.get(SIGN_IN, secure=is_https)
    sign_in(client, rani)

    assert flags(client, "sessionid") == (True, is_https, "Lax")
    assert flags(client, "csrftoken")[1:] == (is_https, "Lax")  # ours is read by our scripts


def test_signing_in_and_out_changes_the_session(rani: User) -> None:
    """Prevents session fixation: a planted session is not the one that is signed in."""
    planted = Client()
    session = planted.session
    session["planted"] = True
    session.save()
    before = planted.cookies["sessionid"].value

    sign_in(planted, rani)
    inside = planted.cookies["sessionid"].value
    thief, late = Client(), Client()
    thief.cookies["sessionid"] = before
    assert (inside != before, opens(planted), opens(thief)) == (True, 200, 302)

    planted.post("/en/accounts/logout/")
    late.cookies["sessionid"] = inside
    assert [opens(planted), opens(late)] == [302, 302]


def test_signing_out_requires_post(client: Client, rani: User) -> None:
    sign_in(client, rani)

    client.get("/en/accounts/logout/")

    assert opens(client) == 200


def test_new_password_changes_this_session_and_ends_the_others(rani: User) -> None:
    here, there = Client(), Client()
    sign_in(here, rani)
    sign_in(there, rani)
    before = here.cookies["sessionid"].value
    words = {"password1": "another long one", "password2": "another long one"}

    here.post(CHANGE, {"oldpassword": PASSWORD} | words)

    assert here.cookies["sessionid"].value != before
    assert [opens(here), opens(there)] == [200, 302]


def test_forgotten_password_ends_every_session(rani: User) -> None:
    app.conf.task_always_eager = True
    try:
        there, here = Client(), Client()
        sign_in(there, rani)
        here.post("/en/accounts/password/reset/", {"email": rani.email})
    finally:
        app.conf.task_always_eager = False
    link = next(word for word in str(mail.outbox[0].body).split() if "/reset/key/" in word)
    form = here.get(link.removeprefix("http://localhost:8000")).headers["Location"]
    here.post(form, {"password1": "another long one", "password2": "another long one"})

    assert [opens(here), opens(there)] == [302, 302]
    assert sign_in(here, rani, "another long one").status_code == 302
    assert opens(here) == 200


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_page_leads_to_another_site(rani: User, target: str) -> None:
    """Every page that takes ``next``, while signed out and while signed in."""
    stranger, person = Client(), Client()
    sign_in(person, rani)
    form = {"next": target, "name": "N", "email": "n@example.com", "password1": PASSWORD}
    answers = [
        stranger.get("/admin/login/", {"next": target}),
        stranger.post("/en/accounts/signup/", form),
        stranger.post(SIGN_IN, {"login": rani.email, "password": PASSWORD, "next": target}),
        person.get(SIGN_IN, {"next": target}),
        person.post(f"{SIGN_IN}?next={target}", {}),
        person.post("/en/accounts/reauthenticate/", {"password": PASSWORD, "next": target}),
        person.post(
            CHANGE,
            {
                "oldpassword": PASSWORD,
                "password1": "another long one",
                "password2": "another long one",
                "next": target,
            },
        ),
        person.post("/en/accounts/logout/", {"next": target}),
    ]

    places = [answer.headers.get("Location", "") for answer in answers]
    assert [answer.status_code for answer in answers] == [302] * len(answers)
    assert [place for place in places if not place.startswith("/") or place.startswith("//")] == []


def test_staff_session_ends_after_a_working_day() -> None:
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    own_session = client.session
    until = own_session["staff_until"]
    assert until - timezone.now().timestamp() <= STAFF_SESSION.total_seconds()

    own_session["staff_until"] = timezone.now().timestamp() - 1
    own_session.save()
    answer = client.get("/admin/", follow=True)

    assert "/accounts/login/" in answer.redirect_chain[-1][0]
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("signed_in_for", "status"), [(STAFF_SESSION / 2, 200), (STAFF_SESSION, 302)]
)
def test_session_of_a_customer_who_becomes_staff_ends_like_that_of_staff(
    signed_in_for: timedelta, status: int
) -> None:
    client, customer = Client(), make_user()
    client.force_login(customer)
    own_session = client.session
    own_session[AT_KEY] = (timezone.now() - signed_in_for).timestamp()
    own_session.save()

    customer.is_staff = customer.is_superuser = True
    customer.save()

    assert client.get("/admin/").status_code == status
