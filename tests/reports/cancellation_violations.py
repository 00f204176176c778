"""Violations of the invariants of cancelled bookings and showtimes."""

from __future__ import annotations

from tests import factories
from tests.reports.conftest import World
from tests.reports.raw_sql import BOOKINGS, SEATS, TICKETS, sql

PAID = "price_rupiah + fee_rupiah - discount_rupiah"


def _cancel_by_hand(world: World, refund: str) -> None:
    """Cancel ``other`` completely except for its refund."""
    sql(
        f"UPDATE {TICKETS} SET voided_at = now(), refund_rupiah = {refund} WHERE booking_id = %s",
        world.other.pk,
    )
    sql(f"UPDATE {SEATS} SET status = 'available', sale = NULL WHERE sale = %s", world.other.pk)
    sql(
        f"UPDATE {BOOKINGS} SET status = 'cancelled', cancelled_at = now() WHERE id = %s",
        world.other.pk,
    )


def cancel_and_keep_the_money(world: World) -> str:
    _cancel_by_hand(world, PAID)
    return str(world.other.payments.get().pk)


def cancel_for_nothing(world: World) -> str:
    _cancel_by_hand(world, "0")
    return str(world.other.pk)


def call_a_booking_partly_cancelled(world: World) -> str:
    sql(
        f"UPDATE {BOOKINGS} SET status = 'partly_cancelled', cancelled_at = now() WHERE id = %s",
        world.other.pk,
    )
    return str(world.other.pk)


def leave_a_payout_to_nobody(world: World) -> str:
    sql(
        "UPDATE bookings_refund SET status = 'manual', next_attempt_at = NULL"
        " WHERE payment_id = %s",
        world.late_payment.pk,
    )
    return str(world.late_payment.refunds.get().pk)


def pay_out_and_forget_the_refund(world: World) -> str:
    refund = world.late_payment.refunds.get()
    sql(
        """INSERT INTO bookings_manualpayout
               (refund_id, cause, opened_at, resolved_at, resolved_by_id, note)
           VALUES (%s, 'x', now(), now(), %s, 'transfer 7')""",
        refund.pk,
        factories.make_user().pk,
    )
    return str(refund.pk)


def forget_the_orders_of_a_cancelled_showtime(world: World) -> str:
    """Cancel the showtime two hours ago, keeping its bookings."""
    showtime = world.paid.showtime_id
    sql(
        "UPDATE movies_showtime SET cancelled_at = now() - interval '2 hours' WHERE id = %s",
        showtime,
    )
    return str(showtime)
