"""Check-in: a ticket admits once at the right place and time, otherwise the reason is returned."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import User
from bookings.errors import NotAdmitted, TicketCodeInvalid, TicketUnknown
from bookings.models import Booking, BookingEvent, Ticket
from bookings.refunds.cancellation import cancel_booking
from bookings.tickets import checkin
from bookings.tickets.checkin import Admission, Attendance, admit
from bookings.tickets.codes import ticket_code
from movies.models import Role, Showtime, StaffPost
from tests.bookings.threads import run_concurrently
from tests.factories import (
    make_booking,
    make_cinema,
    make_confirmed_booking,
    make_manager,
    make_showtime,
    make_studio,
    make_user,
)

pytestmark = pytest.mark.django_db
in_threads = pytest.mark.django_db(transaction=True)

AT = timezone.now().replace(microsecond=0)
ZONE = "Asia/Jakarta"
SEAT = {"seat": "A1", "time_zone": ZONE}
SCANS_AT_ONCE = 50


@pytest.fixture
def showtime() -> Showtime:
    """A showtime that begins in half an hour, so its doors are open."""
    return make_showtime(at=AT, starts_at=AT + timedelta(minutes=30), rows="ABCDE")


@pytest.fixture
def booking(showtime: Showtime) -> Booking:
    return make_confirmed_booking(showtime, 2, at=AT)


@pytest.fixture
def usher(showtime: Showtime) -> User:
    return make_manager(showtime.studio.cinema)


def first_ticket(booking: Booking) -> Ticket:
    return booking.tickets.select_related("showtime_seat__seat").order_by("pk")[0]


def code_of(booking: Booking) -> str:
    return ticket_code(first_ticket(booking))


def refusal(booking: Booking, usher: User, **other: Any) -> tuple[str, dict[str, Any]]:
    """The code and facts of the refusal; asserts that nothing was written."""
    asked: dict[str, Any] = {"code": code_of(booking), "usher": usher, "at": AT} | other
    before = list(booking.tickets.order_by("pk").values()), booking.events.count()
    with pytest.raises(NotAdmitted) as refused:
        admit(**asked)
    assert (list(booking.tickets.order_by("pk").values()), booking.events.count()) == before
    return refused.value.code, refused.value.facts


def show(showtime: Showtime) -> dict[str, Any]:
    return {
        "film": showtime.movie.title,
        "studio": showtime.studio.name,
        "starts_at": showtime.starts_at,
        "time_zone": ZONE,
    }


def test_admit_lets_in_and_writes_down_by_whom(
    booking: Booking, usher: User, showtime: Showtime
) -> None:
    with translation.override("id"):
        admission = admit(code=code_of(booking), usher=usher, at=AT, showtime_id=showtime.pk)

    ticket = first_ticket(booking)
    event = booking.events.get(kind="checked_in")
    assert admission == Admission(
        ticket_id=ticket.pk,
        booking_code=booking.code,
        seat="A1",
        ticket_type="Dewasa",
        rule="",
        film=showtime.movie.title_id,
        classification="SU",
        studio=showtime.studio.name,
        cinema=showtime.studio.cinema.name,
        showtime_id=showtime.pk,
        starts_at=showtime.starts_at,
        time_zone=ZONE,
        admitted_at=AT,
    )
    assert (ticket.checked_in_at, ticket.checked_in_by) == (AT, usher)
    assert (event.at, event.actor, event.facts) == (AT, f"staff:{usher.pk}", {"ticket": ticket.pk})


def test_second_scan_is_refused_with_the_time_of_the_first(booking: Booking, usher: User) -> None:
    admit(code=code_of(booking), usher=usher, at=AT)

    later = AT + timedelta(minutes=1)
    assert refusal(booking, usher, at=later) == ("ticket_used", SEAT | {"checked_in_at": AT})


def test_each_ticket_of_a_booking_admits_one(booking: Booking, usher: User) -> None:
    codes = [ticket_code(ticket) for ticket in booking.tickets.order_by("pk")]

    assert [admit(code=code, usher=usher, at=AT).seat for code in codes] == ["A1", "A2"]


def test_code_read_with_blanks_around_it_admits(booking: Booking, usher: User) -> None:
    assert admit(code=f" {code_of(booking)}\r\n", usher=usher, at=AT).seat == "A1"


@in_threads
def test_fifty_scans_at_once_admit_once(booking: Booking, usher: User) -> None:
    scan = partial(admit, code=code_of(booking), usher=usher, at=AT)

    results = run_concurrently(*[scan] * SCANS_AT_ONCE)

    outcomes = [
        result.code if isinstance(result, NotAdmitted) else type(result) for result in results
    ]
    assert (outcomes.count(Admission), outcomes.count("ticket_used")) == (1, SCANS_AT_ONCE - 1)
    assert BookingEvent.objects.filter(kind="checked_in").count() == 1


@in_threads
def test_scan_and_cancellation_at_once_end_with_one_of_them(booking: Booking, usher: User) -> None:
    let_in, cancelled = run_concurrently(
        partial(admit, code=code_of(booking), usher=usher, at=AT),
        partial(cancel_booking, booking_id=booking.pk, actor="test", at=AT),
    )

    if isinstance(let_in, Admission):
        # Cancelling leaves out the ticket that was used.
        used = booking.tickets.get(checked_in_at__isnull=False)
        assert (used.voided_at, cancelled.status) == (None, "partly_cancelled")
    else:
        assert (let_in.code, cancelled.status) == ("ticket_void", "cancelled")


def test_unpaid_order_is_refused(showtime: Showtime, usher: User) -> None:
    assert refusal(make_booking(showtime, at=AT), usher) == ("ticket_not_issued", SEAT)


def test_cancelled_ticket_is_refused(booking: Booking, usher: User) -> None:
    cancel_booking(booking_id=booking.pk, actor="test", at=AT)

    assert refusal(booking, usher) == ("ticket_void", SEAT | {"voided_at": AT})


def test_ticket_of_another_cinema_is_refused(booking: Booking, showtime: Showtime) -> None:
    elsewhere = make_manager(make_cinema())

    assert refusal(booking, elsewhere) == ("wrong_cinema", {"cinema": showtime.studio.cinema.name})


def test_superuser_admits_everywhere(booking: Booking) -> None:
    chief = make_user(is_staff=True, is_superuser=True)

    assert admit(code=code_of(booking), usher=chief, at=AT).seat == "A1"


@pytest.mark.parametrize(
    "fields", [{}, {"is_superuser": True}, {"is_staff": True, "is_active": False}]
)
def test_check_in_without_a_role_is_refused(booking: Booking, fields: dict[str, bool]) -> None:
    person = make_user(**fields)
    StaffPost.objects.create(user=person, role=Role.MANAGER, cinema=booking.showtime.studio.cinema)

    with pytest.raises(PermissionDenied):
        admit(code=code_of(booking), usher=person, at=AT)
    assert first_ticket(booking).checked_in_at is None


def test_ticket_of_another_showtime_is_refused(
    booking: Booking, usher: User, showtime: Showtime
) -> None:
    other = make_showtime(make_studio(showtime.studio.cinema), starts_at=showtime.starts_at, at=AT)

    assert refusal(booking, usher, showtime_id=other.pk) == ("wrong_showtime", show(showtime))


def test_doors_open_an_hour_before_and_close_at_the_end(showtime: Showtime, usher: User) -> None:
    second = timedelta(seconds=1)
    opens, ends = showtime.starts_at - timedelta(minutes=60), showtime.ends_at
    first, last = (make_confirmed_booking(showtime, 1, at=AT) for _index in range(2))
    facts = show(showtime) | {"doors_open_at": opens, "ends_at": ends}

    assert refusal(first, usher, at=opens - second) == ("outside_door_times", facts)
    assert refusal(first, usher, at=ends) == ("outside_door_times", facts)
    assert admit(code=code_of(first), usher=usher, at=opens).admitted_at == opens
    assert admit(code=code_of(last), usher=usher, at=ends - second).admitted_at == ends - second


def test_cancelled_showtime_is_refused(booking: Booking, usher: User, showtime: Showtime) -> None:
    Showtime.objects.filter(pk=showtime.pk).update(cancelled_at=AT)

    assert refusal(booking, usher) == ("showtime_cancelled", show(showtime))


def test_signed_code_of_no_ticket_is_unknown(usher: User) -> None:
    with pytest.raises(TicketUnknown):
        admit(code=ticket_code(Ticket()), usher=usher, at=AT)


@pytest.mark.parametrize("code", ["", "x", "LYR1", "LYR1." * 30, "\x00", "🎟" * 133])
def test_unreadable_code_is_refused_without_a_query(usher: User, code: str) -> None:
    with CaptureQueriesContext(connection) as queries, pytest.raises(TicketCodeInvalid):
        admit(code=code, usher=usher, at=AT)
    assert len(queries) == 0


def test_attendance_counts_valid_tickets_only(
    booking: Booking, usher: User, showtime: Showtime
) -> None:
    empty = make_showtime(at=AT)
    make_booking(showtime, 1, at=AT)
    void = make_confirmed_booking(showtime, 1, at=AT)
    cancel_booking(booking_id=void.pk, actor="test", at=AT)
    admit(code=code_of(booking), usher=usher, at=AT)

    assert checkin.attendance([showtime.pk, empty.pk]) == {
        showtime.pk: Attendance(1, 2),
        empty.pk: Attendance(0, 0),
    }


def test_open_showtimes_are_those_whose_doors_are_open(showtime: Showtime, usher: User) -> None:
    cinema = showtime.studio.cinema
    starts = {"early": 61, "open": 60, "running": -60, "over": -600}
    made = {
        name: make_showtime(make_studio(cinema), starts_at=AT + timedelta(minutes=minutes), at=AT)
        for name, minutes in starts.items()
    }
    make_showtime(starts_at=showtime.starts_at, at=AT)
    off = make_showtime(make_studio(cinema), starts_at=showtime.starts_at, at=AT, cancelled_at=AT)

    found = list(checkin.open_showtimes(checkin.door_of(usher).cinemas, AT))
    assert found == [made["running"], showtime, made["open"]]
    assert [show for show in [*made.values(), off] if checkin.is_open(show, AT)] == [
        made["open"], made["running"], off,
    ]  # fmt: skip
