"""Violations of each invariant, created by raw SQL.

Each returns the subject that the invariant must report. A constraint that prevents the violation is
dropped first, inside the test's transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from bookings.models import Booking, Ticket
from seating.models import ShowtimeSeat
from tests import factories
from tests.reports import cancellation_violations as cancellation
from tests.reports import money_violations as money
from tests.reports.conftest import World
from tests.reports.raw_sql import (
    BOOKINGS,
    EVENTS,
    MESSAGES,
    PAYMENTS,
    SEATS,
    TICKETS,
    rewrite_the_ledger,
    sql,
    without,
)


def seat_of(booking: Booking) -> ShowtimeSeat:
    ticket = booking.tickets.order_by("pk").first()
    assert ticket is not None
    return ticket.showtime_seat


def ticket_of(booking: Booking) -> Ticket:
    ticket = booking.tickets.order_by("pk").first()
    assert ticket is not None
    return ticket


def sell_a_seat_twice(world: World) -> str:
    """Sell the seat a second time; the seat row belongs to only one of the sales."""
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
    """Refund the payment but keep the booking confirmed."""
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
    sql(
        f"UPDATE {TICKETS} SET voided_at = now(), refund_rupiah = price_rupiah + fee_rupiah"
        " WHERE id = %s",
        ticket_of(world.paid).pk,
    )
    sql(f"UPDATE {SEATS} SET status = 'available', sale = NULL WHERE id = %s", seat.pk)
    return str(world.paid.pk)


def deny_a_confirmation(world: World) -> str:
    rewrite_the_ledger(
        f"UPDATE {EVENTS} SET kind = 'checked_in' WHERE kind = 'confirmed' AND booking_id = %s",
        world.paid.pk,
    )
    return str(world.paid.pk)


def issue_a_ticket_for_nothing(world: World) -> str:
    """Issue the ticket and mark its seat as sold without payment."""
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


def limit_a_voucher_after_the_fact(world: World) -> str:
    """Exceed the limit, as if two bookings had raced."""
    voucher = world.paid.voucher_id
    sql(
        f"UPDATE {BOOKINGS} SET voucher_id = %s, contact_email = upper(%s) WHERE id = %s",
        voucher,
        world.paid.contact_email,
        world.other.pk,
    )
    sql("UPDATE bookings_voucher SET uses = 2, max_uses_per_customer = 1")
    return f"{voucher} {min(world.paid.code, world.other.code)}"


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


def lengthen_a_film(world: World) -> str:
    showtime = world.paid.showtime
    sql(
        "UPDATE movies_movie SET duration_minutes = duration_minutes + 1 WHERE id = %s",
        showtime.movie_id,
    )
    return str(showtime.pk)


VIOLATIONS: list[tuple[str, Callable[[World], str]]] = [
    ("seat_has_two_live_tickets", sell_a_seat_twice),
    ("sold_seat_has_no_ticket", sell_a_seat_to_nobody),
    ("live_ticket_has_no_seat", reopen_a_sold_seat),
    ("held_seat_of_ended_hold", end_a_hold_and_forget_its_seat),
    ("held_seat_unlike_its_hold", stretch_a_held_seat),
    ("showtime_seats_incomplete", lose_a_seat),
    ("showtime_seats_incomplete", lose_every_seat),
    ("showtime_seats_incomplete", invent_a_status),
    ("showtime_seats_incomplete", move_a_showtime_to_another_studio),
    ("showtime_too_short", lengthen_a_film),
    ("confirmed_booking_not_paid", raise_a_total),
    ("confirmed_booking_not_paid", confirm_without_applying),
    ("confirmed_booking_tickets_disagree", lower_a_ticket_price),
    ("confirmed_booking_tickets_disagree", void_a_ticket_and_open_its_seat),
    ("confirmed_booking_has_no_event", deny_a_confirmation),
    ("live_ticket_of_unpaid_booking", issue_a_ticket_for_nothing),
    ("pending_booking_lost_its_seats", take_a_seat_from_a_pending_order),
    ("voucher_uses_disagree", miscount_a_voucher),
    ("voucher_customer_limit_exceeded", limit_a_voucher_after_the_fact),
    ("confirmation_without_message", forget_to_tell),
    ("confirmation_without_message", tell_only_by_sms),
    ("message_owed_twice", tell_twice),
    ("message_of_another_booking", tell_somebody_else),
    ("success_neither_applied_nor_refunded", money.keep_a_late_payment),
    ("captured_without_success", money.fail_a_payment_that_took_money),
    ("payment_applied_to_unpaid_booking", money.apply_a_late_payment),
    ("cancelled_booking_keeps_money", cancellation.cancel_and_keep_the_money),
    ("void_ticket_brings_too_little", cancellation.cancel_for_nothing),
    ("partly_cancelled_tickets_disagree", cancellation.call_a_booking_partly_cancelled),
    ("manual_payout_disagrees", cancellation.leave_a_payout_to_nobody),
    ("manual_payout_disagrees", cancellation.pay_out_and_forget_the_refund),
    (
        "cancelled_showtime_has_orders",
        cancellation.forget_the_orders_of_a_cancelled_showtime,
    ),
    ("refund_beyond_capture", money.owe_more_than_was_captured),
    ("refunds_disagree_with_payment", money.shrink_a_refund),
    ("refunds_disagree_with_payment", money.take_back_that_money_went_back),
    ("ledger_disagrees_with_payments", money.lose_a_ledger_entry),
    ("ledger_disagrees_with_payments", money.invent_a_ledger_entry),
]
