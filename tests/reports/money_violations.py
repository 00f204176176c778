"""Violations of the invariants of money."""

from __future__ import annotations

from tests.reports.conftest import World
from tests.reports.raw_sql import (
    EVENTS,
    PAYMENTS,
    rewrite_the_ledger,
    sql,
    without,
)


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
        "UPDATE bookings_refund SET status = 'due', refunded_at = NULL WHERE payment_id = %s",
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
