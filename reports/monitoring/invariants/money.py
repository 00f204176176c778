"""Invariants of payments, refunds and the ledger."""

from django.utils.translation import gettext_lazy as _

from reports.monitoring.invariants.invariant import Cost, Invariant

MONEY_INVARIANTS = (
    Invariant(
        "success_neither_applied_nor_refunded",
        _("Money that did not confirm its booking is due back, all of it."),
        """
        SELECT payment.id::text, booking.showtime_id, jsonb_build_object(
                   'booking', booking.code, 'captured_rupiah', payment.captured_rupiah,
                   'refund_due_rupiah', payment.refund_due_rupiah)
        FROM bookings_payment payment
        JOIN bookings_booking booking ON booking.id = payment.booking_id
        WHERE $RECENT AND payment.status = 'succeeded' AND payment.applied_at IS NULL
          AND payment.refund_due_rupiah < payment.captured_rupiah
        """,
        Cost.RECENT,
    ),
    Invariant(
        "captured_without_success",
        _("Only a payment that succeeded captured money."),
        """
        SELECT payment.id::text, booking.showtime_id, jsonb_build_object(
                   'booking', booking.code, 'status', payment.status,
                   'captured_rupiah', payment.captured_rupiah)
        FROM bookings_payment payment
        JOIN bookings_booking booking ON booking.id = payment.booking_id
        WHERE $RECENT AND payment.status <> 'succeeded' AND payment.captured_rupiah > 0
        """,
        Cost.RECENT,
    ),
    Invariant(
        "payment_applied_to_unpaid_booking",
        _("An applied payment's booking was confirmed by it."),
        """
        SELECT payment.id::text, booking.showtime_id, jsonb_build_object(
                   'booking', booking.code, 'status', booking.status)
        FROM bookings_payment payment
        JOIN bookings_booking booking ON booking.id = payment.booking_id
        WHERE $RECENT AND payment.applied_at IS NOT NULL
          AND booking.status NOT IN ('confirmed', 'partly_cancelled', 'cancelled')
        """,
        Cost.RECENT,
    ),
    Invariant(
        "refund_beyond_capture",
        _("No more is refunded than is due, and no more is due than was captured."),
        """
        SELECT payment.id::text, booking.showtime_id, jsonb_build_object(
                   'booking', booking.code, 'captured_rupiah', payment.captured_rupiah,
                   'refund_due_rupiah', payment.refund_due_rupiah,
                   'refunded_rupiah', payment.refunded_rupiah)
        FROM bookings_payment payment
        JOIN bookings_booking booking ON booking.id = payment.booking_id
        WHERE payment.refunded_rupiah > payment.refund_due_rupiah
           OR payment.refund_due_rupiah > payment.captured_rupiah
        """,
    ),
    Invariant(
        "refunds_disagree_with_payment",
        _("A payment's refunds add up to what it owes and to what it gave back."),
        """
        SELECT payment.id::text, booking.showtime_id, jsonb_build_object(
                   'booking', booking.code,
                   'refund_due_rupiah', payment.refund_due_rupiah,
                   'refunds_rupiah', coalesce(sum(refund.amount_rupiah), 0),
                   'refunded_rupiah', payment.refunded_rupiah)
        FROM bookings_payment payment
        JOIN bookings_booking booking ON booking.id = payment.booking_id
        LEFT JOIN bookings_refund refund ON refund.payment_id = payment.id
        GROUP BY payment.id, booking.code, booking.showtime_id
        HAVING coalesce(sum(refund.amount_rupiah), 0) <> payment.refund_due_rupiah
            OR coalesce(sum(refund.amount_rupiah) FILTER (WHERE refund.status = 'refunded'), 0)
               <> payment.refunded_rupiah
        """,
    ),
    Invariant(
        "ledger_disagrees_with_payments",
        _("A booking's events add up to what was captured less what was given back."),
        """
        WITH moved AS (
            SELECT booking_id, sum(amount_rupiah) AS rupiah
            FROM bookings_bookingevent WHERE amount_rupiah <> 0 GROUP BY booking_id
        ), kept AS (
            SELECT booking_id, sum(captured_rupiah::bigint - refunded_rupiah) AS rupiah
            FROM bookings_payment GROUP BY booking_id
        )
        SELECT booking.id::text, booking.showtime_id, jsonb_build_object(
                   'booking', booking.code, 'ledger_rupiah', coalesce(moved.rupiah, 0),
                   'payments_rupiah', coalesce(kept.rupiah, 0))
        FROM bookings_booking booking
        LEFT JOIN moved ON moved.booking_id = booking.id
        LEFT JOIN kept ON kept.booking_id = booking.id
        WHERE coalesce(moved.rupiah, 0) <> coalesce(kept.rupiah, 0)
        """,
    ),
)
