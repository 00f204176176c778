"""Passwords, address, second factors and one's own data with the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.auth.session import AT_KEY
from accounts.models import User, UserSession
from accounts.session_store import AppSessionStore
from tests.accounts.test_app_sign_up import EMAIL, call, code_of_email, refused, session_of
from tests.clients import app_headers
from tests.factories import PASSWORD, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("eager_tasks")]

NEW_PASSWORD = "a longer passphrase 7"
NEW_EMAIL = "rani.new@example.com"
CREDENTIALS: list[Any] = [
    {},
    {"id": "x", "rawId": "x", "type": "public-key", "response": {}},
    {"id": 1, "rawId": [], "type": "public-key", "response": {"clientDataJSON": "AA"}},
    {"response": {"userHandle": "MQ"}},
    {"response": []},
    {"response": {"userHandle": 5, "clientDataJSON": "e30", "authenticatorData": "AA"}},
]


@pytest.fixture
def rani() -> User:
    user = make_user(email=EMAIL, name="Rani")
    EmailAddress.objects.create(user=user, email=EMAIL, primary=True, verified=True)
    return user


def current_code(secret: str) -> str:
    counter = list(yield_hotp_counters_from_time())[1]
    return str(format_hotp_value(hotp_value(secret, counter)))


def let_time_pass(token: str) -> None:
    """The last password of this session is eleven minutes old."""
    session = AppSessionStore(token)
    session[AT_KEY] = (timezone.now() - timedelta(minutes=11)).timestamp()
    session.save()


def test_password_is_reset_by_a_code_and_ends_every_session(rani: User) -> None:
    former = session_of(rani)
    begun = call("post", "account/password-reset", {"email": EMAIL})
    assert (begun.status_code, begun.json()["status"]) == (201, "reset_password")
    token, path = begun.json()["token"], "account/password-reset/completion"

    wrong = call("post", path, {"code": "AAAAAA", "password": NEW_PASSWORD}, token)
    weak = call("post", path, {"code": code_of_email(), "password": "12345"}, token)
    done = call("post", path, {"code": code_of_email(), "password": NEW_PASSWORD}, token)
    again = call("post", path, {"code": code_of_email(), "password": PASSWORD}, token)

    assert (refused(wrong), refused(weak)) == ((422, "code_incorrect"), (422, "invalid"))
    assert (done.status_code, refused(again)) == (204, (401, "authentication_failed"))
    assert refused(call("get", "me", token=former)) == (401, "authentication_failed")
    session_of(rani, NEW_PASSWORD)


def test_password_reset_of_an_unknown_address_looks_the_same(rani: User) -> None:
    known, unknown = (
        call("post", "account/password-reset", {"email": email}).json()
        for email in (EMAIL, "nobody@example.com")
    )

    token = unknown["token"]
    for document in (known, unknown):
        del document["token"], document["expires_at"]
    assert known == unknown
    assert [message.subject for message in mail.outbox] == [
        "[Layar] Choose a new password",
        "[Layar] No account has this address",
    ]
    body = {"code": "AAAAAA", "password": NEW_PASSWORD}
    answer = call("post", "account/password-reset/completion", body, token)
    assert refused(answer) == (422, "code_incorrect")


def test_password_resets_are_limited_by_address(rani: User) -> None:
    answers = [call("post", "account/password-reset", {"email": EMAIL}) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]


def test_changed_password_ends_other_sessions(rani: User) -> None:
    other, token = session_of(rani), session_of(rani)
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}

    wrong = call("put", "account/password", body | {"current_password": "wrong"}, token)
    weak = call("put", "account/password", body | {"new_password": EMAIL}, token)
    done = call("put", "account/password", body, token)

    assert (refused(wrong), refused(weak)) == ((422, "password_incorrect"), (422, "invalid"))
    assert (done.status_code, done.json()["status"]) == (200, "signed_in")
    # Listed before a request with an ended token, which deletes its session.
    left = call("get", "account/sessions", token=done.json()["token"]).json()
    assert [each["is_current"] for each in left] == [True]
    for ended in (other, token):
        assert refused(call("get", "me", token=ended)) == (401, "authentication_failed")


def test_address_changes_once_its_code_is_given(rani: User) -> None:
    token = session_of(rani)

    assert call("post", "account/email", {"email": NEW_EMAIL}, token).status_code == 204
    code = code_of_email()
    assert (mail.outbox[-1].to, User.objects.get().email) == ([NEW_EMAIL], EMAIL)
    wrong = call("post", "account/email/confirmation", {"code": "AAAAAA"}, token)
    done = call("post", "account/email/confirmation", {"code": code}, token)

    assert refused(wrong) == (422, "code_incorrect")
    assert (done.status_code, done.json()["user"]["email"]) == (200, NEW_EMAIL)
    assert list(EmailAddress.objects.values_list("email", "primary", "verified")) == [
        (NEW_EMAIL, True, True)
    ]
    assert mail.outbox[-1].to == [EMAIL]  # the former address is told


def test_address_of_another_account_looks_the_same(rani: User) -> None:
    make_user(email=NEW_EMAIL)
    token = session_of(rani)

    assert call("post", "account/email", {"email": NEW_EMAIL}, token).status_code == 204
    answer = call("post", "account/email/confirmation", {"code": "AAAAAA"}, token)

    assert refused(answer) == (422, "code_incorrect")
    assert mail.outbox[-1].subject == "[Layar] You have an account already"
    assert call("get", "me", token=token).json()["email"] == EMAIL


def test_risky_changes_need_a_recent_sign_in(rani: User) -> None:
    token = session_of(rani)
    let_time_pass(token)
    changes: list[tuple[str, str, Any]] = [
        ("post", "account/email", {"email": NEW_EMAIL}),
        ("post", "account/totp", None),
        ("put", "account/totp", {"code": "123456"}),
        ("delete", "account/totp", None),
        ("post", "account/passkeys", None),
        ("put", "account/passkeys", {"credential": {}}),
        ("delete", "account/passkeys/1", None),
        ("post", "account/recovery-codes", None),
    ]

    answers = [refused(call(method, path, body, token)) for method, path, body in changes]

    assert answers == [(403, "sign_in_again")] * len(changes)
    wrong = call("post", "account/session/identity", {"password": "wrong"}, token)
    assert refused(wrong) == (422, "password_incorrect")
    right = call("post", "account/session/identity", {"password": PASSWORD}, token)
    assert right.status_code == 200
    assert call("post", "account/totp", token=token).status_code == 200


def test_authenticator_app_is_set_up_and_asked_for(
    rani: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    token = session_of(rani)
    assert refused(call("put", "account/totp", {"code": "123456"}, token)) == (
        *(409, "nothing_to_confirm"),
    )
    secret = call("post", "account/totp", token=token).json()["secret"]
    assert refused(call("put", "account/totp", {"code": "000000"}, token)) == (
        *(422, "code_incorrect"),
    )
    with django_capture_on_commit_callbacks(execute=True):
        made = call("put", "account/totp", {"code": current_code(secret)}, token)
    recovery = made.json()["recovery_codes"]
    assert (made.status_code, len(recovery)) == (200, 10)
    assert refused(call("post", "account/totp", token=token)) == (409, "second_factor_exists")
    listed = call("get", "account/second-factors", token=token).json()
    assert [each["type"] for each in listed] == ["totp", "recovery_codes"]

    begun = call("post", "account/sessions", {"email": EMAIL, "password": PASSWORD}).json()
    assert (begun["status"], begun["second_factors"], begun["user"]) == (
        *("second_factor", ["recovery_codes", "totp"], None),
    )
    pending, path = begun["token"], "account/session/second-factor"
    assert refused(call("get", "me", token=pending)) == (401, "authentication_failed")
    assert refused(call("post", path, {"code": "000000"}, pending)) == (422, "code_incorrect")
    assert refused(call("post", path, {}, pending)) == (422, "invalid")
    assert refused(call("post", path, {"code": recovery[0]}, token)) == (
        *(409, "nothing_to_confirm"),
    )
    done = call("post", path, {"code": recovery[0]}, pending)
    assert (done.status_code, done.json()["status"]) == (200, "signed_in")
    assert call("delete", "account/totp", token=done.json()["token"]).status_code == 204
    assert Authenticator.objects.count() == 0


def test_staff_set_up_the_first_second_factor_by_invitation_alone() -> None:
    manager = make_user(is_staff=True)
    token = session_of(manager)

    for method, path in (("post", "account/totp"), ("post", "account/passkeys")):
        assert refused(call(method, path, token=token)) == (403, "invitation_needed")
    TOTP.activate(manager, str(generate_totp_secret()))
    assert refused(call("delete", "account/totp", token=token)) == (409, "second_factor_kept")


def test_passkeys_that_are_none_are_refused(rani: User) -> None:
    token = session_of(rani)
    begun = call("post", "account/sessions/passkey/options")
    assert (begun.status_code, begun.json()["options"]["publicKey"]["rpId"]) == (201, "testserver")
    options = call("post", "account/passkeys", token=token).json()["options"]
    assert options["publicKey"]["user"]["name"] == EMAIL
    challenge = call("post", "account/session/passkey-challenge", token=token)
    assert challenge.status_code == 200

    for credential in CREDENTIALS:
        body = {"credential": credential}
        answers = [
            call("post", "account/sessions/passkey", body, begun.json()["token"]),
            call("put", "account/passkeys", body, token),
            call("post", "account/session/identity", body, token),
        ]
        codes = {refused(answer) for answer in answers}
        assert codes <= {(422, "passkey_refused"), (422, "invalid"), (429, "rate_limited")}
    assert refused(call("delete", "account/passkeys/1", token=token)) == (
        *(404, "second_factor_not_found"),
    )


def test_data_is_exported_with_the_sessions(rani: User) -> None:
    token = call(
        "post", "account/sessions", {"email": EMAIL, "password": PASSWORD, "device": "Pixel 9"}
    ).json()["token"]

    answer = call("get", "account/data", token=token)

    sections = answer.json()["sections"]
    assert (answer.status_code, sections["account"]["email"]) == (200, EMAIL)
    [session] = sections["sessions"]
    assert (session["kind"], session["device"]) == ("app", "Pixel 9")
    assert token not in answer.content.decode()


def test_account_is_deleted_with_its_sessions(rani: User) -> None:
    other, token = session_of(rani), session_of(rani)

    wrong = call("post", "account/deletion", {"password": "wrong"}, token)
    done = call("post", "account/deletion", {"password": PASSWORD}, token)

    assert (refused(wrong), done.status_code) == ((422, "password_incorrect"), 204)
    for ended in (other, token):
        assert refused(call("get", "me", token=ended)) == (401, "authentication_failed")
    assert (UserSession.objects.count(), User.objects.get().is_active) == (0, False)


def test_account_of_staff_is_not_deleted() -> None:
    manager = make_user(is_staff=True)

    answer = call("post", "account/deletion", {"password": PASSWORD}, session_of(manager))

    assert refused(answer) == (409, "account_not_deletable")
    assert len(answer.json()["obstacles"]) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("post", "account/confirmation"), ("post", "account/confirmation/code")),
        *(("get", "account/sessions"), ("delete", "account/sessions")),
        *(("get", "account/session"), ("delete", "account/session")),
        *(("post", "account/session/refresh"), ("post", "account/session/second-factor")),
        *(("post", "account/session/passkey-challenge"), ("post", "account/session/identity")),
        *(("post", "account/sessions/passkey"), ("post", "account/password-reset/completion")),
        *(("put", "account/password"), ("post", "account/email")),
        *(("post", "account/email/confirmation"), ("get", "account/second-factors")),
        *(("post", "account/totp"), ("put", "account/totp"), ("delete", "account/totp")),
        *(("post", "account/passkeys"), ("put", "account/passkeys")),
        *(("delete", "account/passkeys/1"), ("post", "account/recovery-codes")),
        *(("get", "account/data"), ("post", "account/deletion")),
    ],
)
def test_nobody_without_a_session_may(rani: User, method: str, path: str) -> None:
    token = app_headers(rani)["Authorization"].removeprefix("Bearer ")
    rani.set_password(NEW_PASSWORD)
    rani.save()
    assert refused(call(method, path)) == (401, "not_authenticated")
    assert refused(call(method, path, token=token)) == (401, "authentication_failed")
