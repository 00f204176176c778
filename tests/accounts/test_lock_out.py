"""Wrong passwords slow down their sender and do not lock out the owner."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as webauthn
from django.conf import settings
from django.test import Client

from accounts.auth import throttle
from accounts.models import User
from core.ratelimit import SIGN_IN_BY_ACCOUNT
from core.redis import connection_for
from tests.factories import PASSWORD, make_user
from tests.limits import use_up

pytestmark = pytest.mark.django_db

SIGN_IN, TOKEN = "/en/accounts/login/", "/api/v1/auth/token"
ATTACKER, HOME = "203.0.113.9", "198.51.100.7"
VISITOR = "an-installation-of-the-app"


@pytest.fixture
def rani() -> User:
    return make_user(email="rani@example.com")


def site(client: Client, password: str = PASSWORD, address: str = HOME) -> bool:
    """Whether the browser is signed in now."""
    answer = client.post(
        SIGN_IN, {"login": "rani@example.com", "password": password}, REMOTE_ADDR=address
    )
    return answer.status_code == 302


def app(password: str = PASSWORD, address: str = HOME, **headers: str) -> Any:
    return Client().post(
        TOKEN,
        {"email": "rani@example.com", "password": password},
        "application/json",
        REMOTE_ADDR=address,
        headers=headers,
    )


def fail_often(address: str = ATTACKER) -> None:
    for _attempt in range(throttle.FREE_ATTEMPTS + 3):
        assert not site(Client(), "wrong", address)
        app("wrong", address)


def test_wrong_passwords_from_another_network_lock_no_user_out(rani: User) -> None:
    fail_often()

    assert not site(Client(), PASSWORD, ATTACKER)
    assert app(PASSWORD, ATTACKER).status_code == 429
    assert site(Client())
    assert app().status_code == 201


def test_known_browser_and_app_pass_while_many_networks_attack(rani: User) -> None:
    browser = Client()
    assert site(browser)
    browser.cookies.pop("sessionid", None)
    assert app(**{"X-Visitor": VISITOR}).status_code == 201
    use_up(SIGN_IN_BY_ACCOUNT, "rani@example.com")

    other_client = Client()
    assert (site(other_client), app().status_code) == (False, 429)
    assert site(browser, address=ATTACKER)
    assert app(**{"X-Visitor": VISITOR}).status_code == 201


def test_passkey_passes_while_its_account_is_attacked(
    rani: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the library's cryptography: tests/browser signs in with a real passkey."""
    passkey = Authenticator.objects.create(
        user=rani, type=Authenticator.Type.WEBAUTHN, data={"name": "Laptop", "credential": {}}
    )
    monkeypatch.setattr(webauthn, "parse_authentication_response", lambda _given: None)
    monkeypatch.setattr(webauthn, "extract_user_from_response", lambda _given: rani)
    monkeypatch.setattr(webauthn, "complete_authentication", lambda _user, _given: passkey)
    fail_often(HOME)
    use_up(SIGN_IN_BY_ACCOUNT, "rani@example.com")
    browser = Client()

    answer = browser.post(
        "/en/accounts/2fa/webauthn/login/", {"credential": '{"id": "x"}'}, REMOTE_ADDR=HOME
    )

    assert (site(Client()), answer.status_code) == (False, 302)
    assert browser.session["_auth_user_id"] == str(rani.pk)


def test_device_of_another_account_is_not_known(rani: User) -> None:
    make_user(email="budi@example.com")
    browser = Client()
    browser.post(SIGN_IN, {"login": "budi@example.com", "password": PASSWORD})
    device = browser.cookies[throttle.DEVICE_COOKIE].value
    use_up(SIGN_IN_BY_ACCOUNT, "rani@example.com")

    other = Client()
    other.cookies[throttle.DEVICE_COOKIE] = device
    assert not site(other)


def test_delay_doubles_with_each_attempt_and_ends_with_a_success(
    rani: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "FREE_ATTEMPTS", 1)
    attempt = throttle.Attempt("rani@example.com", ATTACKER, "")
    _attempts_key, pause_key = attempt._keys()
    waits = []
    for _attempt in range(4):
        assert attempt.hit().allowed
        waits.append(attempt.hit().retry_after_seconds)
        connection_for(settings.CACHE_URL).execute("DEL", pause_key)
    assert waits == [1, 2, 4, 8]

    attempt.succeed()
    assert attempt.hit().allowed
    assert attempt.hit().retry_after_seconds == 1
