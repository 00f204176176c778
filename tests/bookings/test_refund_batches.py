"""Staff cancel selected bookings after a preview, with a reason and, where needed, a colleague."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bookings.models import Booking, BookingStatus, RefundBatch
from bookings.refunds.batches import batches
from bookings.refunds.goodwill import give_back
from movies.models import Cinema, Showtime
from tests.factories import (
    make_booking,
    make_cinema,
    make_confirmed_booking,
    make_manager,
    make_showtime,
    make_studio,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]

LIST = reverse("admin:bookings_booking_changelist")
BATCHES = reverse("admin:bookings_refundbatch_changelist")


@pytest.fixture
def cinema(db: None) -> Cinema:
    return make_cinema()


@pytest.fixture
def showtime(cinema: Cinema) -> Showtime:
    return make_showtime(make_studio(cinema), rows="ABC", seats_per_row=8)


@pytest.fixture
def manager(cinema: Cinema) -> User:
    return make_manager(cinema)


def office(user: User) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def selected(*bookings: Booking, **more: Any) -> dict[str, Any]:
    ids = [str(booking.pk) for booking in bookings]
    return {"action": "cancel_and_refund", "_selected_action": ids} | more


def confirmed(*bookings: Booking, **more: Any) -> dict[str, Any]:
    total = sum(booking.total_rupiah for booking in bookings if booking.is_paid)
    confirmation = {"is_confirmed": "1", "shown_rupiah": str(total), "reason": "No power"}
    return selected(*bookings, **(confirmation | more))


def statuses(*bookings: Booking) -> list[str]:
    return [Booking.objects.get(pk=booking.pk).status for booking in bookings]


def test_preview_names_amounts_people_and_what_is_left_out(
    showtime: Showtime, manager: User
) -> None:
    paid = [make_confirmed_booking(showtime, n, contact_name=f"Buyer {n}") for n in (1, 2)]
    unpaid = make_booking(showtime, 1)

    page = office(manager).post(LIST, selected(*paid, unpaid))

    text = page.content.decode()
    shown = page.context["survey"]
    assert [(line.booking.contact_name, line.refund_rupiah) for line in shown.lines] == [
        ("Buyer 1", 53_000),
        ("Buyer 2", 106_000),
    ]
    assert ("Rp159,000" in text, "Buyer 2" in text, unpaid.code in text) == (True, True, True)
    assert list(shown.left_out) == [unpaid]
    assert statuses(*paid) == ["confirmed", "confirmed"]
    assert RefundBatch.objects.count() == 0


def test_preview_leaves_out_what_staff_gave_back(showtime: Showtime) -> None:
    paid, at = make_confirmed_booking(showtime, 2), timezone.now()
    give_back(booking_id=paid.pk, amount_rupiah=100_000, actor="x", at=at)

    assert batches.survey([paid], at).refund_rupiah == 6_000


def test_confirmed_request_cancels_everything_shown(showtime: Showtime, manager: User) -> None:
    paid = [make_confirmed_booking(showtime, 1) for _number in range(3)]

    answer = office(manager).post(LIST, confirmed(*paid))

    batch = RefundBatch.objects.get()
    items = batch.items.values_list("status", "refund_rupiah")
    assert answer.headers["Location"].endswith(f"/refundbatch/{batch.pk}/change/")
    assert (batch.reason, batch.requested_by, batch.finished_at is None) == (
        "No power",
        manager,
        False,
    )
    assert list(items) == [("done", 53_000)] * 3
    assert statuses(*paid) == ["cancelled"] * 3
    assert "3 / 3" in office(manager).get(BATCHES, {"state": "all"}).content.decode()


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"reason": "  "}, {"shown_rupiah": "1"}])
def test_without_a_reason_or_with_another_sum_nothing_happens(
    showtime: Showtime, manager: User, wrong: dict[str, str]
) -> None:
    booking = make_confirmed_booking(showtime, 1)

    answer = office(manager).post(LIST, confirmed(booking, **wrong))

    assert (answer.status_code, statuses(booking)) == (200, ["confirmed"])
    assert RefundBatch.objects.count() == 0


def test_more_than_a_few_bookings_are_left_to_the_worker(
    showtime: Showtime, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "AT_ONCE_MAX", 1)
    paid = [make_confirmed_booking(showtime, 1) for _number in range(2)]
    office(manager).post(LIST, confirmed(*paid))
    before = statuses(*paid)

    decided = [batches.work(timezone.now()) for _run in range(2)]

    assert (before, decided, statuses(*paid)) == (["confirmed"] * 2, [2, 0], ["cancelled"] * 2)


def test_bookings_used_meanwhile_are_left_out_and_named(showtime: Showtime, manager: User) -> None:
    booking = make_confirmed_booking(showtime, 1)
    survey = batches.survey(Booking.objects.with_details(), timezone.now())
    at = timezone.now()
    [batch] = batches.request(lines=survey.lines, reason="x", user=manager, at=at)
    booking.tickets.update(checked_in_at=at)

    batches.work(at)

    assert list(batch.items.values_list("status", "detail", "refund_rupiah")) == [
        ("left_out", "not_cancellable", 0)
    ]
    assert statuses(booking) == [BookingStatus.CONFIRMED]


# --- The second person ----------------------------------------------------------------------
def decide(user: User, batch: RefundBatch, page: str = "approve") -> Any:
    path = reverse(f"admin:bookings_refundbatch_{page}", args=[batch.pk])
    return office(user).post(path)


def test_large_amount_waits_for_a_colleague(
    showtime: Showtime, manager: User, cinema: Cinema, settings: Any
) -> None:
    settings.REFUND_ALONE_MAX_RUPIAH = 100_000
    booking = make_confirmed_booking(showtime, 2)
    office(manager).post(LIST, confirmed(booking))
    batch = RefundBatch.objects.get()
    worked = batches.work(timezone.now())

    decide(manager, batch)
    alone = statuses(booking)
    decide(make_manager(make_cinema()), batch)
    elsewhere = statuses(booking)
    decide(make_manager(cinema), batch)

    assert (worked, alone, elsewhere) == (0, ["confirmed"], ["confirmed"])
    assert statuses(booking) == ["cancelled"]
    with pytest.raises(IntegrityError), transaction.atomic():
        RefundBatch.objects.update(decided_by=manager)


def test_finished_show_waits_for_a_colleague_who_may_reject(cinema: Cinema, manager: User) -> None:
    at = timezone.now() - timedelta(days=1)
    over = make_showtime(make_studio(cinema), at=at - timedelta(days=1), starts_at=at)
    booking = make_confirmed_booking(over, 1, at=at - timedelta(hours=2))
    office(manager).post(LIST, confirmed(booking))
    batch = RefundBatch.objects.get()

    decide(make_manager(cinema), batch, "reject")
    again = decide(make_manager(cinema), batch)
    batches.work(timezone.now())
    batch.refresh_from_db()

    assert (batch.needs_second_person, batch.is_rejected, again.status_code) == (True, True, 302)
    assert statuses(booking) == ["confirmed"]


def test_single_tickets_follow_the_same_rule(
    showtime: Showtime, manager: User, cinema: Cinema, settings: Any
) -> None:
    settings.REFUND_ALONE_MAX_RUPIAH = 10_000
    booking = make_confirmed_booking(showtime, 2)
    seat = booking.tickets.order_by("pk")[0].showtime_seat.seat_id
    path = reverse("admin:bookings_booking_cancel_tickets", args=[booking.pk])

    office(manager).post(path, {"seats": [seat], "reason": "Seat broken", "left_rupiah": "106000"})
    batch = RefundBatch.objects.get()
    before = statuses(booking)
    decide(make_manager(cinema), batch)

    assert (batch.items.get().seats, before) == ([seat], ["confirmed"])
    assert statuses(booking) == ["partly_cancelled"]
