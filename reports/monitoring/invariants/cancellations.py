"""Invariants of cancelled bookings and showtimes."""

from django.utils.translation import gettext_lazy as _

from reports.monitoring.invariants.invariant import Cost, Invariant

CANCELLATION_INVARIANTS = (
    Invariant(
        "partly_cancelled_tickets_disagree",
        _("A partly cancelled booking has live and void tickets, which add up to its amounts."),
        """
        SELECT booking.id::text, booking.showtime_id, jsonb_build_object(
                   'booking', booking.code, 'tickets', count(ticket.id),
                   'live', count(*) FILTER (WHERE ticket.voided_at IS NULL))
        FROM bookings_booking booking
        JOIN bookings_ticket ticket ON ticket.booking_id = booking.id
        WHERE booking.status = 'partly_cancelled'
        GROUP BY booking.id
        HAVING count(*) FILTER (WHERE ticket.voided_at IS NULL) IN (0, count(*))
            OR bool_or(ticket.issued_at IS NULL)
            OR sum(ticket.price_rupiah) <> booking.seats_rupiah
            OR sum(ticket.fee_rupiah) <> booking.fee_rupiah
            OR sum(ticket.discount_rupiah) <> booking.discount_rupiah
        """,
    ),
    Invariant(
        "cancelled_booking_keeps_money",
        _("What is due back of a cancelled booking is what its void tickets bring."),
        # Amounts given back by staff come on top.
        """
        SELECT payment.id::text, booking.showtime_id, jsonb_build_object(
                   'booking', booking.code, 'tickets_rupiah', sum(ticket.refund_rupiah),
                   'refund_due_rupiah', payment.refund_due_rupiah)
        FROM bookings_payment payment
        JOIN bookings_booking booking ON booking.id = payment.booking_id
        JOIN bookings_ticket ticket ON ticket.booking_id = booking.id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(refund.amount_rupiah), 0) AS rupiah
            FROM bookings_refund refund
            WHERE refund.payment_id = payment.id AND refund.reason = 'goodwill') AS given
        WHERE booking.status IN ('cancelled', 'partly_cancelled')
          AND payment.applied_at IS NOT NULL
        GROUP BY payment.id, booking.id, given.rupiah
        HAVING sum(ticket.refund_rupiah) + given.rupiah <> payment.refund_due_rupiah
        """,
    ),
    Invariant(
        "void_ticket_brings_too_little",
        _("A void ticket brings all that was paid for it, or what its booking's terms say."),
        """
        SELECT booking.id::text, booking.showtime_id, jsonb_build_object(
                   'booking', booking.code, 'tickets', array_agg(ticket.id ORDER BY ticket.id),
                   'refund_rupiah', sum(ticket.refund_rupiah))
        FROM bookings_ticket ticket
        JOIN bookings_booking booking ON booking.id = ticket.booking_id
        CROSS JOIN LATERAL (
            SELECT ticket.price_rupiah + ticket.fee_rupiah - ticket.discount_rupiah AS paid,
                   least(ticket.fee_rupiah, ticket.price_rupiah + ticket.fee_rupiah
                                            - ticket.discount_rupiah) AS fee) AS part
        WHERE ticket.issued_at IS NOT NULL AND ticket.voided_at IS NOT NULL
          AND ticket.refund_rupiah <> part.paid
          -- Staff kept the fee, or had given back an amount before.
          AND NOT EXISTS (
            SELECT FROM bookings_refundbatchitem item
            WHERE item.booking_id = booking.id AND item.status = 'done'
              AND (item.amount_rupiah IS NOT NULL
                   OR (item.keeps_fee AND ticket.refund_rupiah = part.paid - part.fee)))
          AND NOT EXISTS (
            SELECT FROM (
                SELECT booking.cancellation_terms AS terms
                UNION ALL
                SELECT moved.facts -> 'terms_before' FROM bookings_bookingevent moved
                WHERE moved.booking_id = booking.id AND moved.kind = 'showtime_moved'
                  AND moved.at >= ticket.voided_at) AS known
            CROSS JOIN LATERAL jsonb_to_recordset(known.terms)
                AS tier (refund_percent integer, is_fee_refunded boolean)
            WHERE ticket.refund_rupiah =
                  round((part.paid - part.fee) * tier.refund_percent / 100.0)
                  + CASE WHEN tier.is_fee_refunded THEN part.fee ELSE 0 END)
        GROUP BY booking.id
        """,
    ),
    Invariant(
        "manual_payout_disagrees",
        _("A refund to be paid by hand has an open task; one that was paid so is refunded."),
        """
        SELECT refund.id::text, booking.showtime_id, jsonb_build_object(
                   'booking', booking.code, 'status', refund.status,
                   'paid_out_at', payout.resolved_at)
        FROM bookings_refund refund
        JOIN bookings_payment payment ON payment.id = refund.payment_id
        JOIN bookings_booking booking ON booking.id = payment.booking_id
        LEFT JOIN bookings_manualpayout payout ON payout.refund_id = refund.id
        WHERE (refund.status = 'manual') <> (payout.id IS NOT NULL AND payout.resolved_at IS NULL)
           OR (payout.resolved_at IS NOT NULL AND refund.status <> 'refunded')
        """,
        Cost.OPEN,
    ),
    Invariant(
        "cancelled_showtime_has_orders",
        # Workers process it until it is finished, or for an hour.
        _("A cancelled showtime has no live tickets and no waiting bookings."),
        """
        SELECT showtime.id::text, showtime.id, jsonb_build_object(
                   'bookings', array_agg(booking.code ORDER BY booking.code))
        FROM movies_showtime showtime
        JOIN bookings_booking booking ON booking.showtime_id = showtime.id
        LEFT JOIN bookings_showtimecancellation cancellation
               ON cancellation.showtime_id = showtime.id
        WHERE showtime.cancelled_at IS NOT NULL
          AND (cancellation.finished_at IS NOT NULL
               OR showtime.cancelled_at < now() - interval '1 hour')
          AND booking.status IN ('pending', 'confirmed', 'partly_cancelled')
        GROUP BY showtime.id
        """,
        Cost.OPEN,
    ),
)
