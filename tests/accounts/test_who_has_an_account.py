"""No account enumeration by sign-up, sign-in or password reset."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.test import Client

from accounts.auth import throttle
from accounts.models import User
from tests.clients import app_headers
from tests.factories import PASSWORD, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("eager_tasks")]

SIGN_UP = "/en/accounts/signup/"
SIGN_IN = "/en/accounts/login/"
RESET = "/en/accounts/password/reset/"
LINK = re.compile(r"https?://\S+")
CHOSEN = "a stranger chose this"
KNOWN, UNKNOWN = "rani@example.com", "nina@example.com"


class CountingHasher(MD5PasswordHasher):
    """Counts password hashes, which take most of the time."""

    count = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).count += 1
        return super().encode(password, salt)


@pytest.fixture(autouse=True)
def rani(settings: Any) -> User:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    return make_user(email=KNOWN, name="Rani")


def sign_up(client: Client, email: str, **fields: str) -> Any:
    return client.post(
        SIGN_UP, {"name": "Somebody", "email": email, "password1": PASSWORD} | fields
    )


def seen(client: Client, answer: Any, email: str) -> tuple[Any, ...]:
    """Text of the response and of the following page, without the address itself."""
    page = client.get(answer.headers["Location"])
    text = page.content.decode().replace(email, "…")
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    kept = {name: cookie["max-age"] for name, cookie in client.cookies.items()}
    return answer.status_code, answer.headers["Location"], kept, text


def tried(email: str) -> tuple[int, str, int]:
    """Responses of the site and the API to a sign-in with ``CHOSEN``."""
    site = Client().post(SIGN_IN, {"login": email, "password": CHOSEN})
    asked = {"email": email, "password": CHOSEN}
    api = Client().post("/api/v1/auth/token", asked, content_type="application/json")
    said = re.sub(r'value="[^"]*"', "", site.content.decode())
    return site.status_code, said, api.status_code


def links(message: Any) -> list[str]:
    return LINK.findall(str(message.body))


def hashed(operation: Any) -> int:
    before = CountingHasher.count
    operation()
    return CountingHasher.count - before


def test_sign_up_response_is_the_same_for_known_and_unknown_addresses(client: Client) -> None:
    other = Client()

    pages = [
        seen(client, sign_up(client, KNOWN), KNOWN),
        seen(other, sign_up(other, UNKNOWN), UNKNOWN),
    ]

    assert pages[0] == pages[1]
    assert pages[0][:2] == (302, "/en/accounts/confirm-email/")
    assert [message.to for message in mail.outbox] == [[KNOWN], [UNKNOWN]]
    assert mail.outbox[0].subject == "[Layar] You have an account already"
    assert [link for link in links(mail.outbox[0]) if "/password/reset/" in link]
    assert [link for link in links(mail.outbox[1]) if "/confirm-email/" in link]
    assert [browser.session.get("_auth_user_id") for browser in (client, other)] == [None, None]


def test_sign_up_changes_nothing_of_who_is_there_already(client: Client, rani: User) -> None:
    before = User.objects.values().get()

    sign_up(client, KNOWN.upper(), name="Not Rani", phone="081234567890", password1="other words")

    assert User.objects.values().get() == before


def test_sign_in_after_a_sign_up_reveals_nothing(client: Client, rani: User) -> None:
    """Otherwise an attacker who chose a password for an address would learn that it had no
    account."""
    for email in (KNOWN, UNKNOWN):
        sign_up(client, email, password1=CHOSEN)

    early = [tried(email) for email in (KNOWN, UNKNOWN)]
    EmailAddress.objects.filter(email=UNKNOWN).update(verified=True)
    late = [tried(email) for email in (KNOWN, UNKNOWN)]

    assert early[0] == early[1] == late[0]
    assert (early[0][0], early[0][2]) == (200, 401)
    assert "or the email is not confirmed yet" in early[0][1]
    assert (late[1][0], late[1][2]) == (302, 201)


def test_password_of_an_unconfirmed_sign_up_counts_as_wrong(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit of failures reveals no more than the responses."""
    monkeypatch.setattr(throttle, "FREE_ATTEMPTS", 2)
    for email in (KNOWN, UNKNOWN):
        sign_up(client, email, password1=CHOSEN)

    answers = {email: [tried(email)[:2] for _try in range(4)] for email in (KNOWN, UNKNOWN)}

    assert answers[KNOWN] == answers[UNKNOWN]
    assert answers[KNOWN][0] != answers[KNOWN][3]


@pytest.mark.parametrize("operation", ["reset asked for", "addresses looked at"])
def test_users_added_by_staff_need_no_confirmation(rani: User, operation: str) -> None:
    """allauth stores their address as unconfirmed, which must not lock them out."""
    if operation == "reset asked for":
        Client().post(RESET, {"email": KNOWN})
    else:
        at_home = Client()
        at_home.force_login(rani)
        at_home.get("/en/accounts/email/")

    answer = Client().post(SIGN_IN, {"login": KNOWN, "password": PASSWORD})

    assert EmailAddress.objects.values_list("email", "verified").get() == (KNOWN, False)
    assert answer.headers["Location"] == "/en/bookings/"


def test_confirming_signs_in_where_one_signed_up_and_leads_on(client: Client) -> None:
    sign_up(client, UNKNOWN, next="/en/showtimes/7/checkout/")
    path = next(link for link in links(mail.outbox[0]) if "/confirm-email/" in link)
    path = path.removeprefix("http://localhost:8000")

    elsewhere = Client().post(path)
    User.objects.get(email=UNKNOWN)  # the account is confirmed, not signed in
    assert elsewhere.headers["Location"] == "/en/accounts/login/"
    EmailAddress.objects.update(verified=False)
    here = client.post(path)

    assert here.headers["Location"] == "/en/showtimes/7/checkout/"
    assert client.session["_auth_user_id"] == str(User.objects.get(email=UNKNOWN).pk)


def test_people_made_by_staff_sign_in_at_once(client: Client, rani: User) -> None:
    answer = client.post(SIGN_IN, {"login": KNOWN, "password": PASSWORD})

    assert answer.headers["Location"] == "/en/bookings/"


def test_reset_confirms_an_address_that_was_never_confirmed(client: Client) -> None:
    """A sign-up with somebody else's address must not lock the owner out."""
    sign_up(client, UNKNOWN)
    client.post(RESET, {"email": UNKNOWN})
    path = next(link for link in links(mail.outbox[1]) if "/reset/key/" in link)
    form_path = client.get(path.removeprefix("http://localhost:8000")).headers["Location"]
    client.post(form_path, {"password1": "quite another one", "password2": "quite another one"})

    answer = Client().post(SIGN_IN, {"login": UNKNOWN, "password": "quite another one"})

    assert answer.headers["Location"] == "/en/bookings/"


def test_known_and_unknown_addresses_cost_the_same_work(rani: User) -> None:
    """Equal numbers of hashes: response times reveal no more than the responses."""
    form = {"password": "wrong words here"}
    token = "/api/v1/auth/token"
    deeds = {
        "sign up": lambda email: sign_up(Client(), email),
        "sign in": lambda email: Client().post(SIGN_IN, form | {"login": email}),
        "api": lambda email: Client().post(
            token, form | {"email": email}, content_type="application/json"
        ),
        "reset": lambda email: Client().post(RESET, {"email": email}),
    }

    counts = {
        name: [hashed(lambda e=email, d=operation: d(e)) for email in (KNOWN, "nobody@example.com")]
        for name, operation in deeds.items()
    }

    assert counts == {name: [pair[0]] * 2 for name, pair in counts.items()}
    assert counts["sign up"][0] > 0
    assert counts["sign in"][0] > 0


def test_apps_cannot_tell_known_from_unknown_addresses_by_the_work(rani: User) -> None:
    headers = app_headers(make_user(), with_second_factor=True)
    app = Client(headers=headers)

    def work(path: str, body: dict[str, str] | None, client: Client) -> tuple[int, int, int]:
        sent, answers = len(mail.outbox), []
        hashes = hashed(
            lambda: answers.append(
                client.post(f"/api/v1/account{path}", body, content_type="application/json")
            )
        )
        return answers[0].status_code, hashes, len(mail.outbox) - sent

    def deeds(email: str) -> dict[str, tuple[int, int, int]]:
        account = {"email": email, "name": "Somebody", "password": PASSWORD}
        begun = Client().post("/api/v1/account", account, content_type="application/json").json()
        pending = Client(headers={"Authorization": f"Bearer {begun['token']}"})
        other = account | {"email": email.replace("@", "2@")}
        return {
            "sign up": work("", other, Client()),
            "another code": work("/confirmation/code", None, pending),
            "reset": work("/password-reset", {"email": email}, Client()),
            "change": work("/email", {"email": email}, app),
        }

    make_user(email=KNOWN.replace("@", "2@"))
    known, unknown = deeds(KNOWN), deeds("nobody@example.com")

    assert (
        known
        == unknown
        == {
            "sign up": (201, 1, 1),
            "another code": (204, 0, 1),
            "reset": (201, 0, 1),
            "change": (204, 0, 1),
        }
    )


def test_reset_email_is_sent_to_the_exact_address_only() -> None:
    make_user(email="mike@example.com")
    typed = ["mi\u212ae@example.com", "m\u0131ke@example.com", "\uff4dike@example.com"]

    for email in typed:
        Client().post(RESET, {"email": email})

    with_link = [message for message in mail.outbox if "/reset/key/" in str(message.body)]
    assert {address for message in with_link for address in message.to} <= {"mike@example.com"}
    assert with_link != []  # the Kelvin sign becomes a k in lower case


def test_account_emails_link_to_this_site_whatever_the_host_header(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client = Client(headers={"Host": "evil.example"})

    sign_up(client, UNKNOWN)
    sign_up(client, KNOWN)
    client.post(RESET, {"email": KNOWN})
    client.post(RESET, {"email": "nobody@example.com"})

    found = [link for message in mail.outbox for link in links(message)]
    assert len(mail.outbox) == 4
    assert len(found) >= 4
    assert [link for link in found if not link.startswith("http://localhost:8000")] == []
    assert "evil" not in "".join(str(message.body) + message.subject for message in mail.outbox)
