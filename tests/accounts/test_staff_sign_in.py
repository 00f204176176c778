"""Staff sign in with a second factor, and once more before they move money."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken

from accounts.api.tokens import issue_token
from accounts.auth.reauthentication import CONFIRMATIONS_BY_PERSON
from accounts.auth.session import AT_KEY, RECENT, STAFF_SESSION
from accounts.models import User
from bookings.models import Booking, BookingStatus
from bookings.tickets.codes import ticket_code
from tests.accounts.invitations import accept_invitation
from tests.factories import PASSWORD, make_cinema, make_confirmed_booking, make_manager, make_user
from tests.limits import use_up

pytestmark = pytest.mark.django_db

OFFICE = "/admin/movies/cinema/"
SIGN_IN = "/en/accounts/login/"
BOOKINGS = reverse("admin:bookings_booking_changelist")


@pytest.fixture(autouse=True)
def _enforced(settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = True


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


@pytest.fixture
def manager() -> User:
    return make_manager(make_cinema())


@pytest.fixture
def secret(manager: User) -> str:
    secret = str(generate_totp_secret())
    TOTP.activate(manager, secret)
    return secret


def code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def sign_in(client: Client, user: User) -> Any:
    form = {"login": user.email, "password": PASSWORD, "next": OFFICE}
    return client.post(SIGN_IN, form)


def way(answer: Any) -> str:
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def test_office_leads_strangers_to_the_sites_sign_in_and_back(client: Client) -> None:
    door = way(client.get(OFFICE))

    assert way(client.get(door)) == "/en/accounts/login/?next=%2Fadmin%2Fmovies%2Fcinema%2F"


def test_door_redirects_to_no_other_site(client: Client) -> None:
    assert way(client.get("/admin/login/?next=https://evil.example/")).endswith("next=%2Fadmin%2F")


def test_customer_cannot_enter_the_office(client: Client) -> None:
    client.force_login(make_user(), "django.contrib.auth.backends.ModelBackend")

    assert client.get("/admin/login/").status_code == 403


def test_password_alone_opens_no_page_of_the_staff(client: Client, manager: User) -> None:
    assert way(sign_in(client, manager)) == OFFICE

    assert way(client.get(way(client.get(OFFICE)))) == (
        "/en/accounts/2fa/totp/activate/?next=%2Fadmin%2Fmovies%2Fcinema%2F"
    )
    assert way(client.get("/en/office/check-in/")).startswith("/en/accounts/2fa/")


def test_staff_cannot_remove_their_last_factor(client: Client, manager: User, secret: str) -> None:
    sign_in(client, manager)
    client.post("/en/accounts/2fa/authenticate/", {"code": code(secret)})

    answer = client.post("/en/accounts/2fa/totp/deactivate/", {})

    assert "set up another one before" in answer.content.decode()
    assert Authenticator.objects.filter(user=manager, type="totp").exists()


def test_setting_an_app_up_opens_the_office(client: Client, manager: User) -> None:
    accept_invitation(client, manager)
    page = client.get("/en/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret

    done = client.post("/en/accounts/2fa/totp/activate/", {"code": code(secret)})

    assert way(done) == "/en/accounts/2fa/recovery-codes/"
    assert client.get("/en/accounts/2fa/recovery-codes/").status_code == 200
    stored = Authenticator.objects.get(user=manager, type="totp").data["secret"]
    assert secret not in stored


@pytest.mark.django_db(transaction=True)
def test_set_up_factor_counts_for_this_sign_in(client: Client, manager: User) -> None:
    accept_invitation(client, manager)
    secret = client.get("/en/accounts/2fa/totp/activate/").context["form"].secret
    client.post("/en/accounts/2fa/totp/activate/", {"code": code(secret)})

    assert client.get(OFFICE).status_code == 200


def test_sign_in_requires_the_code_each_time(client: Client, manager: User, secret: str) -> None:
    assert way(sign_in(client, manager)) == "/en/accounts/2fa/authenticate/"
    assert way(client.get(OFFICE)).startswith("/admin/login/")

    wrong = client.post("/en/accounts/2fa/authenticate/", {"code": "000000"})
    right = client.post("/en/accounts/2fa/authenticate/", {"code": code(secret)})

    assert (wrong.status_code, way(right)) == (200, OFFICE)
    assert client.get(OFFICE).status_code == 200


def test_session_without_the_code_is_redirected_to_it(
    client: Client, manager: User, secret: str
) -> None:
    client.force_login(manager, "django.contrib.auth.backends.ModelBackend")

    ask = way(client.get(way(client.get(OFFICE))))
    given = client.post(ask, {"code": code(secret), "next": OFFICE})

    assert ask.startswith("/en/accounts/2fa/reauthenticate/?next=")
    assert (way(given), client.get(OFFICE).status_code) == (OFFICE, 200)


def test_removing_a_lost_factor_ends_its_sessions(
    client: Client, manager: User, secret: str
) -> None:
    sign_in(client, manager)
    client.post("/en/accounts/2fa/authenticate/", {"code": code(secret)})
    assert client.get(OFFICE).status_code == 200

    call_command("reset_second_factor", manager.email)

    assert client.get(OFFICE).status_code == 302
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    "path", ["2fa/", "2fa/totp/activate/", "2fa/webauthn/add/", "2fa/webauthn/", "reauthenticate/"]
)
def test_pages_use_the_sites_layout_and_no_inline_script(
    client: Client, manager: User, path: str
) -> None:
    accept_invitation(client, manager)
    answer = client.get(f"/en/accounts/{path}")
    page = answer.content.decode()

    assert (answer.status_code, '<main id="content"' in page) == (200, True)
    for script in page.split("<script")[1:]:
        tag = script.split(">")[0]
        assert " src=" in tag or "application/json" in tag


# --- The staff's API ------------------------------------------------------------------------
def check_in(token: str, booking: Booking) -> int:
    return (
        Client(headers={"Authorization": f"Token {token}"})
        .post(
            "/api/v1/check-ins",
            {"code": ticket_code(booking.tickets.all()[0])},
            content_type="application/json",
        )
        .status_code
    )


def test_token_without_second_factor_cannot_check_in(manager: User) -> None:
    booking = make_confirmed_booking()
    at = timezone.now()
    weak, strong = (
        issue_token(manager, is_strong=is_strong, at=at)[0] for is_strong in (False, True)
    )

    assert (check_in(weak, booking), check_in(strong, booking)) == (403, 409)
    AuthToken.objects.update(created=at - STAFF_SESSION)  # the working day is over
    assert check_in(strong, booking) == 403


def test_token_of_an_account_with_an_app_requires_its_code(manager: User, secret: str) -> None:
    def ask(**more: str) -> tuple[int, str]:
        form = {"email": manager.email, "password": PASSWORD} | more
        answer = Client().post("/api/v1/auth/token", form, content_type="application/json")
        return answer.status_code, answer.json().get("code", "")

    assert [ask(), ask(code="000000"), ask(code=code(secret))] == [
        (401, "second_factor_required"),
        (401, "sign_in_failed"),
        (201, ""),
    ]


# --- Money ----------------------------------------------------------------------------------
@pytest.fixture
def booking(settings: Any) -> Booking:
    settings.STAFF_MFA_REQUIRED = False
    return make_confirmed_booking()


def cancellation_of(booking: Booking) -> dict[str, str]:
    return {
        "action": "cancel_and_refund",
        "_selected_action": str(booking.pk),
        "is_confirmed": "1",
        "shown_rupiah": str(booking.total_rupiah),
        "reason": "Projector broke",
    }


def stale(client: Client, user: User) -> None:
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[AT_KEY] = (timezone.now() - RECENT - timedelta(seconds=1)).timestamp()
    session.save()


def test_refund_requires_reauthentication_and_keeps_the_input(
    client: Client, booking: Booking
) -> None:
    stale(client, make_manager(booking.showtime.studio.cinema))
    order = cancellation_of(booking)

    asked = client.post(BOOKINGS, order)
    booking.refresh_from_db()
    before = booking.status
    kept = asked.context["kept"]
    wrong = client.post(BOOKINGS, dict(kept) | {"confirm_password": "wrong"})
    client.post(BOOKINGS, dict(kept) | {"confirm_password": PASSWORD})
    booking.refresh_from_db()

    assert (asked.status_code, wrong.status_code, before) == (403, 403, BookingStatus.CONFIRMED)
    assert dict(kept) == order
    assert booking.status == BookingStatus.CANCELLED


def test_recent_sign_in_needs_no_reauthentication(client: Client, booking: Booking) -> None:
    client.force_login(
        make_manager(booking.showtime.studio.cinema), "django.contrib.auth.backends.ModelBackend"
    )
    client.post(BOOKINGS, cancellation_of(booking))

    booking.refresh_from_db()
    assert booking.status == BookingStatus.CANCELLED


def test_guessing_the_password_again_and_again_is_stopped(client: Client, booking: Booking) -> None:
    manager = make_manager(booking.showtime.studio.cinema)
    stale(client, manager)
    use_up(CONFIRMATIONS_BY_PERSON, f"user:{manager.pk}")

    order = cancellation_of(booking)
    client.post(BOOKINGS, order | {"confirm_password": PASSWORD})

    booking.refresh_from_db()
    assert booking.status == BookingStatus.CONFIRMED
