"""Each invariant is broken on purpose, past its constraint where one forbids it, and is found.

Every break is raw SQL, so that nothing of ours stands between it and the query.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from bookings.models import Booking, Ticket
from reports.invariants import INVARIANTS, check_invariants
from seating.models import ShowtimeSeat
from tests import factories
from tests.reports.conftest import World

SEATS, TICKETS = "seating_showtimeseat", "bookings_ticket"
BOOKINGS, PAYMENTS = "bookings_booking", "bookings_payment"
EVENTS, MESSAGES = "bookings_bookingevent", "notifications_message"


def sql(statement: str, *values: str | int | uuid.UUID | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def without(constraint: str, table: str) -> None:
    """Drop a constraint, or the unique index that stands for one, until the test is over."""
    sql("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks to come cannot be altered
    sql(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {constraint}")
    sql(f"DROP INDEX IF EXISTS {constraint}")


def seat_of(booking: Booking) -> ShowtimeSeat:
    ticket = booking.tickets.order_by("pk").first()
    assert ticket is not None
    return ticket.showtime_seat


def ticket_of(booking: Booking) -> Ticket:
    ticket = booking.tickets.order_by("pk").first()
    assert ticket is not None
    return ticket


def sell_a_seat_twice(world: World) -> str:
    """A whole second sale of the seat: only the seat's own row can belong to one of the two."""
    without("ticket_seat_sold_once", TICKETS)
    lost, won = ticket_of(world.other), seat_of(world.paid)
    sql(f"UPDATE {TICKETS} SET showtime_seat_id = %s WHERE id = %s", won.pk, lost.pk)
    freed = lost.showtime_seat_id
    sql(f"UPDATE {SEATS} SET status = 'available', sale = NULL WHERE id = %s", freed)
    return str(won.pk)


def sell_a_seat_to_nobody(world: World) -> str:
    [seat] = factories.free_seats(world.paid.showtime, 1)
    sql(f"UPDATE {SEATS} SET status = 'sold', sale = %s WHERE id = %s", uuid.uuid4(), seat.pk)
    return str(seat.pk)


def reopen_a_sold_seat(world: World) -> str:
    seat = seat_of(world.paid)
    sql(f"UPDATE {SEATS} SET status = 'available', sale = NULL WHERE id = %s", seat.pk)
    return str(ticket_of(world.paid).pk)


def end_a_hold_and_forget_its_seat(world: World) -> str:
    sql(
        "UPDATE seating_hold SET ended_at = now(), \"end\" = 'expired' WHERE id = %s", world.hold.pk
    )
    return str(world.hold.seats.get().pk)


def stretch_a_held_seat(world: World) -> str:
    seat = world.hold.seats.get()
    sql(f"UPDATE {SEATS} SET held_until = held_until + interval '1 hour' WHERE id = %s", seat.pk)
    return str(seat.pk)


def lose_a_seat(world: World) -> str:
    [seat] = factories.free_seats(world.paid.showtime, 1)
    sql(f"DELETE FROM {SEATS} WHERE id = %s", seat.pk)
    return str(seat.showtime_id)


def lose_every_seat(world: World) -> str:
    showtime = factories.make_showtime(factories.make_studio(world.cinema))
    sql(f"DELETE FROM {SEATS} WHERE showtime_id = %s", showtime.pk)
    return str(showtime.pk)


def invent_a_status(world: World) -> str:
    without("showtime_seat_status_known", SEATS)
    [seat] = factories.free_seats(world.paid.showtime, 1)
    sql(f"UPDATE {SEATS} SET status = 'lost' WHERE id = %s", seat.pk)
    return str(seat.showtime_id)


def move_a_showtime_to_another_studio(world: World) -> str:
    studio = factories.make_studio(world.cinema)
    sql(
        "UPDATE movies_showtime SET studio_id = %s WHERE id = %s",
        studio.pk,
        world.paid.showtime_id,
    )
    return str(world.paid.showtime_id)


def raise_a_total(world: World) -> str:
    without("booking_total_is_sum_of_parts", BOOKINGS)
    sql(f"UPDATE {BOOKINGS} SET total_rupiah = total_rupiah + 1 WHERE id = %s", world.paid.pk)
    return str(world.paid.pk)


def confirm_without_applying(world: World) -> str:
    """The money came back to its payer as it should, and yet the booking stands."""
    payment = world.paid.payments.get()
    factories.make_refund(payment, reason="duplicate")
    sql(f"UPDATE {PAYMENTS} SET applied_at = NULL WHERE id = %s", payment.pk)
    return str(world.paid.pk)


def lower_a_ticket_price(world: World) -> str:
    ticket = ticket_of(world.paid)
    sql(f"UPDATE {TICKETS} SET price_rupiah = price_rupiah - 1 WHERE id = %s", ticket.pk)
    return str(world.paid.pk)


def void_a_ticket_and_open_its_seat(world: World) -> str:
    seat = seat_of(world.paid)
    sql(f"UPDATE {TICKETS} SET voided_at = now() WHERE id = %s", ticket_of(world.paid).pk)
    sql(f"UPDATE {SEATS} SET status = 'available', sale = NULL WHERE id = %s", seat.pk)
    return str(world.paid.pk)


def rewrite_the_ledger(statement: str, *values: uuid.UUID) -> None:
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql(f"ALTER TABLE {EVENTS} DISABLE TRIGGER booking_event_append_only")
    sql(statement, *values)


def deny_a_confirmation(world: World) -> str:
    rewrite_the_ledger(
        f"UPDATE {EVENTS} SET kind = 'checked_in' WHERE kind = 'confirmed' AND booking_id = %s",
        world.paid.pk,
    )
    return str(world.paid.pk)


def issue_a_ticket_for_nothing(world: World) -> str:
    """With its seat, as if somebody had given it away."""
    ticket = ticket_of(world.late)
    sql(f"UPDATE {TICKETS} SET issued_at = now() WHERE id = %s", ticket.pk)
    sql(
        f"UPDATE {SEATS} SET status = 'sold', sale = %s WHERE id = %s",
        world.late.pk,
        ticket.showtime_seat_id,
    )
    return str(ticket.pk)


def take_a_seat_from_a_pending_order(world: World) -> str:
    sql(
        f"UPDATE {SEATS} SET status = 'available', hold_id = NULL, held_until = NULL WHERE id = %s",
        seat_of(world.pending).pk,
    )
    return str(world.pending.pk)


def miscount_a_voucher(world: World) -> str:
    sql("UPDATE bookings_voucher SET uses = uses + 1")
    return str(world.paid.voucher_id)


def forget_to_tell(world: World) -> str:
    event = world.paid.events.get(kind="confirmed")
    sql(f"DELETE FROM {MESSAGES} WHERE event_id = %s", event.pk)
    return str(event.pk)


def tell_only_by_sms(world: World) -> str:
    event = world.paid.events.get(kind="confirmed")
    sql(f"UPDATE {MESSAGES} SET channel = 'sms' WHERE event_id = %s", event.pk)
    return str(event.pk)


def tell_twice(world: World) -> str:
    event = world.paid.events.get(kind="confirmed")
    sql(
        f"""INSERT INTO {MESSAGES} (id, booking_id, event_id, kind, channel, recipient, language,
                status, attempts, created_at, sent_at, provider_reference)
            SELECT gen_random_uuid(), booking_id, event_id, kind, channel, 'other@example.com',
                language, status, attempts, created_at, sent_at, ''
            FROM {MESSAGES} WHERE event_id = %s""",
        event.pk,
    )
    return f"{event.pk} booking_confirmed email"


def tell_somebody_else(world: World) -> str:
    event = world.paid.events.get(kind="confirmed")
    sql(
        f"UPDATE {MESSAGES} SET booking_id = %s WHERE event_id = %s RETURNING id",
        world.other.pk,
        event.pk,
    )
    return str(world.other.messages.get(event=event).pk)


def keep_a_late_payment(world: World) -> str:
    sql("DELETE FROM bookings_refund WHERE payment_id = %s", world.late_payment.pk)
    sql(f"UPDATE {PAYMENTS} SET refund_due_rupiah = 0 WHERE id = %s", world.late_payment.pk)
    return str(world.late_payment.pk)


def fail_a_payment_that_took_money(world: World) -> str:
    sql(f"UPDATE {PAYMENTS} SET status = 'failed' WHERE id = %s", world.late_payment.pk)
    return str(world.late_payment.pk)


def apply_a_late_payment(world: World) -> str:
    sql(f"UPDATE {PAYMENTS} SET applied_at = now() WHERE id = %s", world.late_payment.pk)
    return str(world.late_payment.pk)


def cancel_and_keep_the_money(world: World) -> str:
    sql(f"UPDATE {TICKETS} SET voided_at = now() WHERE booking_id = %s", world.other.pk)
    sql(f"UPDATE {SEATS} SET status = 'available', sale = NULL WHERE sale = %s", world.other.pk)
    sql(
        f"UPDATE {BOOKINGS} SET status = 'cancelled', cancelled_at = now() WHERE id = %s",
        world.other.pk,
    )
    return str(world.other.payments.get().pk)


def owe_more_than_was_captured(world: World) -> str:
    without("payment_refunds_within_capture", PAYMENTS)
    sql("UPDATE bookings_refund SET amount_rupiah = amount_rupiah + 1 WHERE reason = 'late'")
    sql(
        f"UPDATE {PAYMENTS} SET refund_due_rupiah = refund_due_rupiah + 1 WHERE id = %s",
        world.late_payment.pk,
    )
    return str(world.late_payment.pk)


def shrink_a_refund(world: World) -> str:
    sql("UPDATE bookings_refund SET amount_rupiah = amount_rupiah - 1 WHERE reason = 'late'")
    return str(world.late_payment.pk)


def take_back_that_money_went_back(world: World) -> str:
    payment = world.cancelled.payments.get()
    sql(
        """UPDATE bookings_refund SET status = 'due', refunded_at = NULL WHERE payment_id = %s""",
        payment.pk,
    )
    return str(payment.pk)


def lose_a_ledger_entry(world: World) -> str:
    rewrite_the_ledger(
        f"DELETE FROM {EVENTS} WHERE kind = 'payment_succeeded' AND booking_id = %s", world.paid.pk
    )
    return str(world.paid.pk)


def invent_a_ledger_entry(world: World) -> str:
    sql(
        f"""INSERT INTO {EVENTS} (booking_id, kind, at, actor, amount_rupiah, facts)
            VALUES (%s, 'payment_succeeded', now(), '', 1, '{{}}')""",
        world.pending.pk,
    )
    return str(world.pending.pk)


BREAKS: list[tuple[str, Callable[[World], str]]] = [
    ("seat_has_two_live_tickets", sell_a_seat_twice),
    ("sold_seat_has_no_ticket", sell_a_seat_to_nobody),
    ("live_ticket_has_no_seat", reopen_a_sold_seat),
    ("held_seat_of_ended_hold", end_a_hold_and_forget_its_seat),
    ("held_seat_unlike_its_hold", stretch_a_held_seat),
    ("showtime_seats_incomplete", lose_a_seat),
    ("showtime_seats_incomplete", lose_every_seat),
    ("showtime_seats_incomplete", invent_a_status),
    ("showtime_seats_incomplete", move_a_showtime_to_another_studio),
    ("confirmed_booking_not_paid", raise_a_total),
    ("confirmed_booking_not_paid", confirm_without_applying),
    ("confirmed_booking_tickets_disagree", lower_a_ticket_price),
    ("confirmed_booking_tickets_disagree", void_a_ticket_and_open_its_seat),
    ("confirmed_booking_has_no_event", deny_a_confirmation),
    ("live_ticket_of_unpaid_booking", issue_a_ticket_for_nothing),
    ("pending_booking_lost_its_seats", take_a_seat_from_a_pending_order),
    ("voucher_uses_disagree", miscount_a_voucher),
    ("confirmation_without_message", forget_to_tell),
    ("confirmation_without_message", tell_only_by_sms),
    ("message_owed_twice", tell_twice),
    ("message_of_another_booking", tell_somebody_else),
    ("success_neither_applied_nor_refunded", keep_a_late_payment),
    ("captured_without_success", fail_a_payment_that_took_money),
    ("payment_applied_to_unpaid_booking", apply_a_late_payment),
    ("cancelled_booking_keeps_money", cancel_and_keep_the_money),
    ("refund_beyond_capture", owe_more_than_was_captured),
    ("refunds_disagree_with_payment", shrink_a_refund),
    ("refunds_disagree_with_payment", take_back_that_money_went_back),
    ("ledger_disagrees_with_payments", lose_a_ledger_entry),
    ("ledger_disagrees_with_payments", invent_a_ledger_entry),
]


def test_a_sound_world_breaks_nothing(world: World) -> None:
    assert check_invariants() == []


@pytest.mark.parametrize(("name", "break_it"), BREAKS, ids=[b.__name__ for _name, b in BREAKS])
def test_a_broken_invariant_is_found_and_no_other(
    world: World, name: str, break_it: Callable[[World], str]
) -> None:
    subject = break_it(world)

    found = check_invariants()

    assert [(violation.invariant.name, violation.subject) for violation in found] == [
        (name, subject)
    ]
    assert found[0].cinema_id == (None if name == "voucher_uses_disagree" else world.cinema.pk)
    assert found[0].facts


def test_every_invariant_has_a_break() -> None:
    assert {invariant.name for invariant in INVARIANTS} == {name for name, _break in BREAKS}


def test_a_refund_too_large_is_refused_by_its_constraint(world: World) -> None:
    """The control of the tests above: with the constraint on, the break itself fails."""
    with pytest.raises(IntegrityError), transaction.atomic():
        sql(f"UPDATE {PAYMENTS} SET refund_due_rupiah = captured_rupiah + 1")
    assert check_invariants() == []


def test_an_overdue_order_without_seats_is_not_a_violation(world: World) -> None:
    """Expiry is a comparison: what the sweep has not tidied yet is sound."""
    take_a_seat_from_a_pending_order(world)
    Booking.objects.filter(pk=world.pending.pk).update(
        expires_at=world.pending.created_at - timedelta(seconds=1)
    )

    assert check_invariants() == []


def test_facts_name_nobody(world: World) -> None:
    lower_a_ticket_price(world)

    [violation] = check_invariants()

    assert violation.facts == {
        "booking": world.paid.code,
        "tickets": 2,
        "seats_rupiah": 99_999,
        "fee_rupiah": 6_000,
        "discount_rupiah": 0,
    }


def test_command_on_a_sound_world_says_so(world: World) -> None:
    out = StringIO()

    call_command("check_invariants", stdout=out)

    assert out.getvalue() == f"{len(INVARIANTS)} invariants hold.\n"


def test_command_names_what_is_broken_and_fails(world: World) -> None:
    subject = lower_a_ticket_price(world)
    out = StringIO()

    with pytest.raises(CommandError) as failure:
        call_command("check_invariants", stdout=out)

    assert failure.value.returncode == 1
    assert out.getvalue().splitlines() == [
        "confirmed_booking_tickets_disagree: "
        "A confirmed booking's tickets are all live and add up to its amounts.",
        f"  {subject} booking={world.paid.code} discount_rupiah=0 fee_rupiah=6000 "
        "seats_rupiah=99999 tickets=2",
    ]


def test_command_for_machines(world: World) -> None:
    subject = lower_a_ticket_price(world)
    out = StringIO()

    with pytest.raises(CommandError):
        call_command("check_invariants", "--json", stdout=out)

    assert json.loads(out.getvalue()) == {
        "checked": len(INVARIANTS),
        "violations": [
            {
                "invariant": "confirmed_booking_tickets_disagree",
                "subject": subject,
                "cinema": world.cinema.pk,
                "showtime": world.paid.showtime_id,
                "facts": {
                    "booking": world.paid.code,
                    "tickets": 2,
                    "seats_rupiah": 99_999,
                    "fee_rupiah": 6_000,
                    "discount_rupiah": 0,
                },
            }
        ],
    }
