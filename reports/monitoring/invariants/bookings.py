"""Invariants of bookings, their tickets, payments, ledger and messages."""

from django.utils.translation import gettext_lazy as _

from reports.monitoring.invariants.invariant import Cost, Invariant

BOOKING_INVARIANTS = (
    Invariant(
        "confirmed_booking_not_paid",
        _("A confirmed booking has an applied payment of exactly its total."),
        """
        SELECT booking.id::text, booking.showtime_id, jsonb_build_object(
                   'booking', booking.code, 'total_rupiah', booking.total_rupiah)
        FROM bookings_booking booking
        WHERE $RECENT AND booking.status IN ('confirmed', 'partly_cancelled') AND NOT EXISTS (
            SELECT FROM bookings_payment payment
            WHERE payment.booking_id = booking.id AND payment.applied_at IS NOT NULL
              AND payment.amount_rupiah = booking.total_rupiah
              AND payment.captured_rupiah = booking.total_rupiah
              AND payment.currency = booking.currency)
        """,
        Cost.RECENT,
    ),
    Invariant(
        "confirmed_booking_tickets_disagree",
        _("A confirmed booking's tickets are all live and add up to its amounts."),
        """
        SELECT booking.id::text, booking.showtime_id, jsonb_build_object(
                   'booking', booking.code, 'tickets', count(ticket.id),
                   'seats_rupiah', coalesce(sum(ticket.price_rupiah), 0),
                   'fee_rupiah', coalesce(sum(ticket.fee_rupiah), 0),
                   'discount_rupiah', coalesce(sum(ticket.discount_rupiah), 0))
        FROM bookings_booking booking
        LEFT JOIN bookings_ticket ticket ON ticket.booking_id = booking.id
        WHERE $RECENT AND booking.status = 'confirmed'
        GROUP BY booking.id
        HAVING count(ticket.id) = 0
            OR bool_or(ticket.issued_at IS NULL OR ticket.voided_at IS NOT NULL)
            OR sum(ticket.price_rupiah) <> booking.seats_rupiah
            OR sum(ticket.fee_rupiah) <> booking.fee_rupiah
            OR sum(ticket.discount_rupiah) <> booking.discount_rupiah
        """,
        Cost.RECENT,
    ),
    Invariant(
        "confirmed_booking_has_no_event",
        _("A confirmed booking's ledger records its confirmation once."),
        """
        SELECT booking.id::text, booking.showtime_id, jsonb_build_object(
                   'booking', booking.code, 'confirmations', count(event.id))
        FROM bookings_booking booking
        LEFT JOIN bookings_bookingevent event
               ON event.booking_id = booking.id AND event.kind = 'confirmed'
        WHERE $RECENT AND booking.status IN ('confirmed', 'partly_cancelled')
        GROUP BY booking.id
        HAVING count(event.id) <> 1
        """,
        Cost.RECENT,
    ),
    Invariant(
        "live_ticket_of_unpaid_booking",
        _("Only a paid booking has live tickets."),
        """
        SELECT ticket.id::text, booking.showtime_id, jsonb_build_object(
                   'booking', booking.code, 'status', booking.status)
        FROM bookings_ticket ticket
        JOIN bookings_booking booking ON booking.id = ticket.booking_id
        WHERE $RECENT AND ticket.issued_at IS NOT NULL AND ticket.voided_at IS NULL
          AND booking.status NOT IN ('confirmed', 'partly_cancelled')
        """,
        Cost.RECENT,
    ),
    Invariant(
        "pending_booking_lost_its_seats",
        _("Until its time is over, a pending booking's seats are held for it."),
        """
        SELECT booking.id::text, booking.showtime_id, jsonb_build_object(
                   'booking', booking.code, 'hold', booking.hold_id,
                   'seats', array_agg(seat.id ORDER BY seat.id))
        FROM bookings_booking booking
        JOIN bookings_ticket ticket ON ticket.booking_id = booking.id
        JOIN seating_showtimeseat seat ON seat.id = ticket.showtime_seat_id
        WHERE booking.status = 'pending' AND booking.expires_at > statement_timestamp()
          AND seat.hold_id IS DISTINCT FROM booking.hold_id
        GROUP BY booking.id
        """,
        Cost.OPEN,
    ),
    Invariant(
        "voucher_uses_disagree",
        _("A voucher's uses are the pending and paid bookings that carry it."),
        """
        SELECT voucher.id::text, NULL::bigint, jsonb_build_object(
                   'uses', voucher.uses, 'bookings', count(booking.id))
        FROM bookings_voucher voucher
        LEFT JOIN bookings_booking booking
               ON booking.voucher_id = voucher.id
              AND booking.status IN ('pending', 'confirmed', 'partly_cancelled')
        GROUP BY voucher.id
        HAVING voucher.uses <> count(booking.id)
        """,
        Cost.OPEN,
    ),
    Invariant(
        "voucher_customer_limit_exceeded",
        _("No customer uses a voucher more often than one customer may."),
        """
        SELECT voucher.id || ' ' || min(booking.code), NULL::bigint, jsonb_build_object(
                   'uses_max', voucher.max_uses_per_customer, 'bookings', array_agg(booking.code))
        FROM bookings_voucher voucher
        JOIN bookings_booking booking
          ON booking.voucher_id = voucher.id
         AND booking.status IN ('pending', 'confirmed', 'partly_cancelled')
        WHERE voucher.max_uses_per_customer IS NOT NULL
        GROUP BY voucher.id, coalesce(booking.user_id::text, upper(booking.contact_email))
        HAVING count(*) > voucher.max_uses_per_customer
        """,
        Cost.OPEN,
    ),
    Invariant(
        "confirmation_without_message",
        _("Buyers are notified: a confirmation has its email in the outbox."),
        """
        SELECT event.id::text, booking.showtime_id, jsonb_build_object('booking', booking.code)
        FROM bookings_bookingevent event
        JOIN bookings_booking booking ON booking.id = event.booking_id
        WHERE $RECENT AND event.kind = 'confirmed' AND NOT EXISTS (
            SELECT FROM notifications_message message
            WHERE message.event_id = event.id AND message.kind = 'booking_confirmed'
              AND message.channel = 'email')
        """,
        Cost.RECENT,
    ),
    Invariant(
        "message_owed_twice",
        _("An event has one message on each channel."),
        """
        SELECT message.event_id || ' ' || message.kind || ' ' || message.channel,
               booking.showtime_id, jsonb_build_object(
                   'booking', booking.code, 'messages', array_agg(message.id ORDER BY message.id))
        FROM notifications_message message
        JOIN bookings_booking booking ON booking.id = message.booking_id
        GROUP BY message.event_id, message.kind, message.channel, booking.code, booking.showtime_id
        HAVING count(*) > 1
        """,
    ),
    Invariant(
        "message_of_another_booking",
        _("A message is about an event of its own booking."),
        """
        SELECT message.id::text, booking.showtime_id, jsonb_build_object(
                   'booking', booking.code, 'event', message.event_id)
        FROM notifications_message message
        JOIN bookings_bookingevent event ON event.id = message.event_id
        JOIN bookings_booking booking ON booking.id = message.booking_id
        WHERE event.booking_id <> message.booking_id
        """,
    ),
)
