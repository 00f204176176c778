"""Nobody learns here who has an account: by no sign-up, sign-in or forgotten password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.test import Client

from accounts.auth import throttle
from accounts.models import User
from cinema_project.celery import app
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

SIGN_UP = "/en/accounts/signup/"
SIGN_IN = "/en/accounts/login/"
RESET = "/en/accounts/password/reset/"
LINK = re.compile(r"https?://\S+")
CHOSEN = "a stranger chose this"
KNOWN, UNKNOWN = "rani@example.com", "nina@example.com"


class CountingHasher(MD5PasswordHasher):
    """How often a password was hashed, which is what takes long."""

    count = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).count += 1
        return super().encode(password, salt)


@pytest.fixture(autouse=True)
def _letters_arrive() -> Iterator[None]:
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.fixture(autouse=True)
def rani(settings: Any) -> User:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    return make_user(email=KNOWN, name="Rani")


def sign_up(client: Client, email: str, **fields: str) -> Any:
    return client.post(
        SIGN_UP, {"name": "Somebody", "email": email, "password1": PASSWORD} | fields
    )


def seen(client: Client, answer: Any, email: str) -> tuple[Any, ...]:
    """Everything that the answer and the page after it say, but for the address itself."""
    page = client.get(answer.headers["Location"])
    text = page.content.decode().replace(email, "…")
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    kept = {name: cookie["max-age"] for name, cookie in client.cookies.items()}
    return answer.status_code, answer.headers["Location"], kept, text


def tried(email: str) -> tuple[int, str, int]:
    """How the site and the API answer a sign-in with ``CHOSEN``."""
    site = Client().post(SIGN_IN, {"login": email, "password": CHOSEN})
    asked = {"email": email, "password": CHOSEN}
    api = Client().post("/api/v1/auth/token", asked, content_type="application/json")
    said = re.sub(r'value="[^"]*"', "", site.content.decode())
    return site.status_code, said, api.status_code


def links(letter: Any) -> list[str]:
    return LINK.findall(str(letter.body))


def hashed(deed: Any) -> int:
    before = CountingHasher.count
    deed()
    return CountingHasher.count - before


def test_sign_up_is_answered_alike_and_a_letter_says_the_rest(client: Client) -> None:
    other = Client()

    pages = [
        seen(client, sign_up(client, KNOWN), KNOWN),
        seen(other, sign_up(other, UNKNOWN), UNKNOWN),
    ]

    assert pages[0] == pages[1]
    assert pages[0][:2] == (302, "/en/accounts/confirm-email/")
    assert [letter.to for letter in mail.outbox] == [[KNOWN], [UNKNOWN]]
    assert mail.outbox[0].subject == "[Layar] You have an account already"
    assert [link for link in links(mail.outbox[0]) if "/password/reset/" in link]
    assert [link for link in links(mail.outbox[1]) if "/confirm-email/" in link]
    assert [browser.session.get("_auth_user_id") for browser in (client, other)] == [None, None]


def test_sign_up_changes_nothing_of_who_is_there_already(client: Client, rani: User) -> None:
    before = User.objects.values().get()

    sign_up(client, KNOWN.upper(), name="Not Rani", phone="081234567890", password1="other words")

    assert User.objects.values().get() == before


def test_sign_in_after_a_sign_up_tells_nothing_either(client: Client, rani: User) -> None:
    """Else whoever has just chosen a password for an address would learn whose it is not."""
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
    """The limit of failures tells no more than the answers do."""
    monkeypatch.setattr(throttle, "FREE_ATTEMPTS", 2)
    for email in (KNOWN, UNKNOWN):
        sign_up(client, email, password1=CHOSEN)

    answers = {email: [tried(email)[:2] for _try in range(4)] for email in (KNOWN, UNKNOWN)}

    assert answers[KNOWN] == answers[UNKNOWN]
    assert answers[KNOWN][0] != answers[KNOWN][3]


@pytest.mark.parametrize("deed", ["reset asked for", "addresses looked at"])
def test_people_made_by_staff_are_never_asked_to_confirm(rani: User, deed: str) -> None:
    """allauth notes their address by the way, which must not shut them out."""
    if deed == "reset asked for":
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
    User.objects.get(email=UNKNOWN)  # the account is confirmed, nobody is signed in by it
    assert elsewhere.headers["Location"] == "/en/accounts/login/"
    EmailAddress.objects.update(verified=False)
    here = client.post(path)

    assert here.headers["Location"] == "/en/showtimes/7/checkout/"
    assert client.session["_auth_user_id"] == str(User.objects.get(email=UNKNOWN).pk)


def test_people_made_by_staff_sign_in_at_once(client: Client, rani: User) -> None:
    answer = client.post(SIGN_IN, {"login": KNOWN, "password": PASSWORD})

    assert answer.headers["Location"] == "/en/bookings/"


def test_reset_confirms_an_address_that_was_never_confirmed(client: Client) -> None:
    """Whoever signs up with another's address keeps nobody out."""
    sign_up(client, UNKNOWN)
    client.post(RESET, {"email": UNKNOWN})
    path = next(link for link in links(mail.outbox[1]) if "/reset/key/" in link)
    form_path = client.get(path.removeprefix("http://localhost:8000")).headers["Location"]
    client.post(form_path, {"password1": "quite another one", "password2": "quite another one"})

    answer = Client().post(SIGN_IN, {"login": UNKNOWN, "password": "quite another one"})

    assert answer.headers["Location"] == "/en/bookings/"


def test_known_and_unknown_people_are_answered_after_the_same_work(rani: User) -> None:
    """Hashing is the work; an attacker with a stop watch sees no more than with the answers."""
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
        name: [hashed(lambda e=email, d=deed: d(e)) for email in (KNOWN, "nobody@example.com")]
        for name, deed in deeds.items()
    }

    assert counts == {name: [pair[0]] * 2 for name, pair in counts.items()}
    assert counts["sign up"][0] > 0
    assert counts["sign in"][0] > 0


def test_reset_goes_to_the_address_itself_and_to_nothing_that_looks_like_it() -> None:
    make_user(email="mike@example.com")
    typed = ["mi\u212ae@example.com", "m\u0131ke@example.com", "\uff4dike@example.com"]

    for email in typed:
        Client().post(RESET, {"email": email})

    with_link = [letter for letter in mail.outbox if "/reset/key/" in str(letter.body)]
    assert {address for letter in with_link for address in letter.to} <= {"mike@example.com"}
    assert with_link != []  # a Kelvin sign is a k when it is made small


def test_letters_lead_to_this_site_whatever_name_was_asked_for(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client = Client(headers={"Host": "evil.example"})

    sign_up(client, UNKNOWN)
    sign_up(client, KNOWN)
    client.post(RESET, {"email": KNOWN})
    client.post(RESET, {"email": "nobody@example.com"})

    found = [link for letter in mail.outbox for link in links(letter)]
    assert len(mail.outbox) == 4
    assert len(found) >= 4
    assert [link for link in found if not link.startswith("http://localhost:8000")] == []
    assert "evil" not in "".join(str(letter.body) + letter.subject for letter in mail.outbox)
