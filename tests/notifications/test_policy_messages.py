"""Messages about cancelled tickets and showtimes, and reminders."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone, translation

from bookings.models import Booking
from bookings.orders.checkout import abandon_booking
from bookings.refunds import cancellation, payouts
from bookings.showtimes.cancellation import request, work
from movies.models import Showtime
from notifications.email import build_email
from notifications.models import Message
from notifications.reminders import enqueue_reminders
from notifications.sms.texts import PART_LENGTH_MAX, sms_text
from tests.bookings.threads import run_concurrently
from tests.factories import make_booking, make_confirmed_booking, make_showtime, make_user

AT = timezone.now()


def enqueued(booking: Booking) -> list[tuple[str, str]]:
    rows = Message.objects.filter(booking=booking).order_by("kind", "channel")
    return list(rows.values_list("kind", "channel"))


def texts(message: Message) -> tuple[str, str, str]:
    """(subject, plain text, HTML), without line breaks."""
    email = build_email(message)
    page = str(email.alternatives[0][0])
    return str(email.subject), " ".join(str(email.body).split()), " ".join(page.split())


@pytest.mark.django_db
def test_partial_cancellation_email_names_seats_and_amount() -> None:
    booking = make_confirmed_booking(seats=2, language="en")
    seat = booking.tickets.order_by("pk")[0].showtime_seat.seat_id

    cancellation.cancel_booking(booking_id=booking.pk, seat_ids=[seat], actor="x", at=AT)

    assert enqueued(booking) == [("tickets_cancelled", "email")]
    subject, plain, html = texts(Message.objects.get())
    words = "the tickets for A1 are cancelled and admit nobody any more. Rp53,000 comes back"
    assert subject == f"Tickets cancelled: {booking.showtime.movie.title_en} ({booking.code})"
    assert words in plain
    assert words in html


@pytest.mark.django_db
def test_cancellation_email_states_the_refund() -> None:
    terms = [{"hours_before": 0, "refund_percent": 50, "is_fee_refunded": False}]
    booking = make_confirmed_booking(seats=2, language="en", cancellation_terms=terms)

    cancellation.cancel_booking(booking_id=booking.pk, actor="x", at=AT)

    _subject, plain, html = texts(Message.objects.get())
    for text in (plain, html):
        assert "Rp50,000 comes back the way it came." in text


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["id", "en"])
def test_cancelled_showtime_notifies_paid_and_pending_bookings(language: str) -> None:
    showtime = make_showtime()
    paid = make_confirmed_booking(showtime, 2, language=language)
    waiting = make_booking(showtime, 1, language=language, contact_phone="")
    request(showtime_id=showtime.pk, reason="x", user=None, at=AT)
    work(AT)

    assert enqueued(paid) == [("showtime_cancelled", "email"), ("showtime_cancelled", "sms")]
    assert enqueued(waiting) == [("showtime_cancelled", "email")]
    amount = {"id": "Rp106.000", "en": "Rp106,000"}[language]
    _subject, plain, html = texts(paid.messages.get(channel="email"))
    assert amount in plain
    assert amount in html
    with translation.override(language):
        sms = sms_text(paid.messages.get(channel="sms"))
    assert sms.startswith(paid.code)
    assert len(sms.partition("http")[0]) < PART_LENGTH_MAX


@pytest.mark.django_db
def test_abandoning_an_unpaid_booking_sends_nothing() -> None:
    booking = make_booking()

    abandon_booking(booking_id=booking.pk, at=AT)

    assert enqueued(booking) == []


def remindable(*, hours: float = 2, bought_hours_ago: float = 24) -> Booking:
    showtime = make_showtime(starts_at=AT + timedelta(hours=hours))
    bought = AT - timedelta(hours=bought_hours_ago)
    return make_confirmed_booking(showtime, 1, at=bought, language="en")


@pytest.mark.django_db
def test_reminder_is_sent_once_hours_before_the_start() -> None:
    booking = remindable()

    assert [enqueue_reminders(AT), enqueue_reminders(AT + timedelta(minutes=5))] == [1, 0]

    message = Message.objects.get()
    assert enqueued(booking) == [("reminder", "email")]
    assert (message.event, message.created_at) == (booking.events.get(kind="confirmed"), AT)
    subject, plain, _html = texts(message)
    assert subject.startswith(f"It begins soon: {booking.showtime.movie.title_en}, ")
    assert "Your show begins soon" in plain


@pytest.mark.django_db
@pytest.mark.parametrize(
    "times",
    [
        {"hours": 3.1},
        {"hours": -0.1},
        {"hours": 2, "bought_hours_ago": 0.5},
    ],
    ids=["too early", "begun", "bought just now"],
)
def test_no_reminder_where_none_is_needed(times: dict[str, float]) -> None:
    remindable(**times)

    assert enqueue_reminders(AT) == 0


@pytest.mark.django_db
def test_cancelled_showtime_has_no_reminder() -> None:
    gone, off = remindable(), remindable()
    cancellation.cancel_in_full(booking_id=gone.pk, actor="x", at=AT)
    Showtime.objects.filter(pk=off.showtime_id).update(cancelled_at=AT)

    assert enqueue_reminders(AT) == 0


@pytest.mark.django_db(transaction=True)
def test_two_beats_remind_once() -> None:
    for _number in range(5):
        remindable()

    run_concurrently(*[partial(enqueue_reminders, AT)] * 2)
    enqueue_reminders(AT)

    assert Message.objects.filter(kind="reminder").count() == 5


@pytest.mark.django_db
def test_manual_payout_email_does_not_name_the_payment_method() -> None:
    booking = make_confirmed_booking(language="en")
    cancellation.cancel_in_full(booking_id=booking.pk, actor="x", at=AT)
    refund = booking.payments.get().refunds.get()
    payout = payouts.open_payout(booking, refund, "refund_unsupported", AT)

    payouts.resolve(payout_id=payout.pk, user=make_user(), note="BCA 7", at=AT)

    _subject, plain, html = texts(Message.objects.get(kind="refund_done"))
    for text in (plain, html):
        assert "we have paid Rp106,000 back to you ourselves" in text
