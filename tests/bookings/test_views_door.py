"""Check-in page in an usher's browser, with and without scripts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from bookings.models import Booking
from bookings.tickets.codes import ticket_code
from movies.models import Role, Showtime
from tests.factories import (
    PASSWORD,
    make_cinema,
    make_confirmed_booking,
    make_manager,
    make_showtime,
    make_staff,
    make_studio,
    make_user,
)

pytestmark = pytest.mark.django_db

PAGE = "/en/office/check-in/"


@pytest.fixture
def showtime() -> Showtime:
    at = timezone.now()
    return make_showtime(at=at, starts_at=at + timedelta(minutes=30))


@pytest.fixture
def booking(showtime: Showtime) -> Booking:
    return make_confirmed_booking(showtime, 2)


@pytest.fixture
def usher(showtime: Showtime) -> Client:
    return signed_in(make_manager(showtime.studio.cinema))


def signed_in(user: User) -> Client:
    client = Client()
    assert client.login(email=user.email, password=PASSWORD)
    return client


def test_usher_lands_on_the_door_page_after_signing_in(showtime: Showtime) -> None:
    cinema, path = showtime.studio.cinema, "/en/accounts/login/"

    def landing(user: User, query: str = "") -> str:
        entries = {"login": user.email, "password": PASSWORD}
        return str(Client().post(path + query, entries).headers["Location"])

    usher = make_staff(Role.USHER, cinema)
    landings = [landing(usher), landing(make_manager(cinema)), landing(make_user())]
    wanted = landing(usher, "?next=/en/films/")
    office = signed_in(usher).get("/admin/login/?next=/admin/").headers["Location"]

    assert landings == [PAGE, "/en/bookings/", "/en/bookings/"]
    assert (wanted, office) == ("/en/films/", PAGE.removeprefix("/en"))


def codes(booking: Booking) -> list[str]:
    return [ticket_code(ticket) for ticket in booking.tickets.order_by("pk")]


def read(client: Client, code: str, **fields: Any) -> Any:
    return client.post(PAGE, {"code": code, "showtime": ""} | fields)


def result_of(answer: Any) -> tuple[int, str, str]:
    """Status, outcome, and the code of the refusal or the guest's seat."""
    shown = answer.context["answer"]
    return (
        answer.status_code,
        shown.outcome,
        shown.error.code if shown.error else (shown.admission.seat if shown.admission else ""),
    )


def count(answer: Any) -> tuple[int, int]:
    return answer.context["count"].admitted, answer.context["count"].expected


def test_usher_lets_in_once_and_sees_how_many_are_in(usher: Client, booking: Booking) -> None:
    assert count(usher.get(PAGE)) == (0, 2)

    first = read(usher, codes(booking)[0])
    again = read(usher, codes(booking)[0])

    assert (result_of(first), count(first)) == ((201, "in", "A1"), (1, 2))
    assert (result_of(again), count(again)) == ((409, "refused", "ticket_used"), (1, 2))
    let_in_at = booking.tickets.order_by("pk")[0].checked_in_at
    assert let_in_at is not None
    on_the_wall = f"{let_in_at.astimezone(ZoneInfo('Asia/Jakarta')):%H:%M:%S}"
    assert f"Seat A1, let in at {on_the_wall}" in again.content.decode()
    assert "no-store" in first.headers["Cache-Control"]


def test_script_gets_the_answer_and_the_count_alone(usher: Client, booking: Booking) -> None:
    answer = usher.post(PAGE, {"code": codes(booking)[0]}, headers={"X-Part": "answer"})
    counted = usher.get(PAGE, headers={"X-Part": "answer"})

    assert answer.status_code == 201
    assert answer.content.strip().startswith(
        b'<div class="door-answer" data-answer data-outcome="in"'
    )
    assert b"<html" not in answer.content
    assert counted.content.strip().startswith(b'<p class="door-count" data-count>')


def test_booking_code_offers_its_seats_and_a_tap_lets_in(usher: Client, booking: Booking) -> None:
    read(usher, codes(booking)[0])

    found = read(usher, f" {booking.code.lower()} ")
    seats = [(seat.ticket.pk, seat.code) for seat in found.context["answer"].seats]

    assert result_of(found) == (200, "choose", "")
    assert seats == [(ticket.pk, ticket_code(ticket)) for ticket in booking.tickets.order_by("pk")]
    assert found.content.count(b'name="code" value="LYR1.') == 1  # the guest outside
    assert result_of(read(usher, seats[1][1])) == (201, "in", "A2")


def test_booking_code_of_another_cinema_or_unknown_is_not_found(
    booking: Booking, usher: Client
) -> None:
    elsewhere = signed_in(make_manager(make_cinema()))

    assert [result_of(read(elsewhere, booking.code)), result_of(read(usher, "ZZZZ9999"))] == [
        (404, "refused", "booking_not_found")
    ] * 2


@pytest.mark.parametrize("code", ["", "nonsense", "LYR1.", "<script>alert(1)</script>"])
def test_what_is_no_code_is_refused(usher: Client, code: str) -> None:
    answer = read(usher, code)

    assert result_of(answer) == (422, "refused", "ticket_code_invalid")
    assert b"<script>alert" not in answer.content


def test_chosen_showtime_alone_is_let_in_and_counted(
    usher: Client, booking: Booking, showtime: Showtime
) -> None:
    other = make_showtime(
        make_studio(showtime.studio.cinema), starts_at=showtime.starts_at, at=timezone.now()
    )
    make_confirmed_booking(other, 3)

    assert count(usher.get(PAGE)) == (0, 5)
    assert count(usher.get(PAGE, {"showtime": other.pk})) == (0, 3)
    refused = read(usher, codes(booking)[0], showtime=other.pk)
    assert result_of(refused) == (409, "refused", "wrong_showtime")
    assert showtime.movie.title_en in refused.content.decode()


@pytest.mark.parametrize("showtime_id", ["x", "-1", "9" * 30, "²", ""])
def test_showtime_that_is_none_is_no_choice(usher: Client, showtime_id: str) -> None:
    assert usher.get(PAGE, {"showtime": showtime_id}).context["door"].showtime_id is None


def test_choice_that_has_ended_is_forgotten(usher: Client, showtime: Showtime) -> None:
    def chosen() -> int | None:
        page = usher.get(PAGE, {"showtime": showtime.pk})
        found: int | None = page.context["door"].showtime_id
        return found

    before = chosen()
    Showtime.objects.filter(pk=showtime.pk).update(
        ends_at=timezone.now(), starts_at=showtime.starts_at - timedelta(hours=3)
    )

    assert (before, chosen()) == (showtime.pk, None)


def test_usher_sees_the_showtimes_of_their_own_cinemas(usher: Client, showtime: Showtime) -> None:
    make_showtime(starts_at=showtime.starts_at, at=timezone.now())

    assert usher.get(PAGE).context["showtimes"] == [showtime]


def test_door_page_refuses_other_users(booking: Booking) -> None:
    customer, of_another = signed_in(make_user()), signed_in(make_manager(make_cinema()))
    code = codes(booking)[0]

    answers = [client.get(PAGE) for client in (Client(), customer)]
    posts = [read(client, code) for client in (Client(), customer, of_another)]

    assert [answer.status_code for answer in answers] == [302, 403]
    assert [answer.status_code for answer in posts] == [302, 403, 409]
    assert not booking.tickets.filter(checked_in_at__isnull=False).exists()


def test_forged_request_from_another_site_is_refused(booking: Booking, showtime: Showtime) -> None:
    client = Client(enforce_csrf_checks=True)
    user = make_manager(showtime.studio.cinema)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")

    assert client.post(PAGE, {"code": codes(booking)[0]}).status_code == 403


@pytest.mark.parametrize("separator", [" ", "-", " – ", "\u00a0"])
def test_booking_code_is_read_with_spaces_dashes_and_small_letters(
    usher: Client, booking: Booking, separator: str
) -> None:
    typed = separator.join((booking.code[:4], booking.code[4:])).lower()

    answer = read(usher, typed)

    assert [seat.ticket.pk for seat in answer.context["answer"].seats] == list(
        booking.tickets.order_by("pk").values_list("pk", flat=True)
    )


@pytest.mark.parametrize("typed", [str.upper, lambda code: f" {code[:70]} {code[70:]}\n"])
def test_ticket_code_is_read_in_capitals_and_with_spaces(
    usher: Client, booking: Booking, typed: Any
) -> None:
    first, _second = codes(booking)

    assert result_of(read(usher, typed(first)))[1] == "in"
    assert result_of(read(usher, first))[1:] == ("refused", "ticket_used")


def test_page_has_a_place_for_waiting_scans(usher: Client) -> None:
    assert "data-waiting" in usher.get(PAGE).content.decode()
