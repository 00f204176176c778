"""Limits of what an app's account operations send, and of who can use them up."""

from __future__ import annotations

import pytest
from django.core import mail

from accounts.auth.adapter import EMAILS_BY_MAILBOX, EMAILS_BY_SENDER
from accounts.models import User
from tests.accounts.test_app_sign_up import EMAIL, call, refused, session_of
from tests.factories import PASSWORD, make_user
from tests.limits import TEST_CLIENT_ADDRESS, use_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("eager_tasks")]


def test_one_person_cannot_flood_mailboxes_by_changing_the_address() -> None:
    token = session_of(make_user(email=EMAIL))

    answers = [
        call("post", "account/email", {"email": f"person{number}@example.com"}, token)
        for number in range(6)
    ]

    assert [answer.status_code for answer in answers] == [204] * 5 + [429]
    assert refused(answers[-1]) == (429, "rate_limited")
    assert len(mail.outbox) == 5


@pytest.mark.parametrize("limit", ["sender", "mailbox"])
@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
def test_app_is_told_that_no_code_was_sent(email: str, limit: str) -> None:
    make_user(email=EMAIL)
    for purpose in ("reset", "confirm"):
        if limit == "sender":
            use_up(EMAILS_BY_SENDER, f"{purpose} {email} {TEST_CLIENT_ADDRESS}")
        else:
            use_up(EMAILS_BY_MAILBOX, f"{purpose} {email}")
    account = {"email": email, "name": "Somebody", "password": PASSWORD}

    reset = call("post", "account/password-reset", {"email": email})
    sign_up = call("post", "account", account)

    assert (refused(reset), refused(sign_up)) == ((429, "rate_limited"), (429, "rate_limited"))
    assert (mail.outbox, list(User.objects.values_list("email"))) == ([], [(EMAIL,)])


def test_others_cannot_block_the_password_reset() -> None:
    rani = make_user(email=EMAIL)
    sign_in = {"email": EMAIL, "password": PASSWORD}
    call("post", "account/sessions", sign_in, X_Visitor="v" * 20)
    body = {"email": rani.email}

    use_up(EMAILS_BY_SENDER, f"reset {EMAIL} 198.51.100.7")
    from_elsewhere = call("post", "account/password-reset", body)
    use_up(EMAILS_BY_MAILBOX, f"reset {EMAIL}")
    unknown_device = call("post", "account/password-reset", body)
    known_device = call("post", "account/password-reset", body, X_Visitor="v" * 20)

    assert (from_elsewhere.status_code, refused(unknown_device), known_device.status_code) == (
        *(201, (429, "rate_limited"), 201),
    )
    assert [message.to for message in mail.outbox] == [[EMAIL], [EMAIL]]
