"""Invariants of seats, holds and sales."""

from django.utils.translation import gettext_lazy as _

from reports.monitoring.invariants.invariant import Invariant

SEAT_INVARIANTS = (
    Invariant(
        "seat_has_two_live_tickets",
        _("A seat of a showtime is sold once."),
        """
        SELECT seat.id::text, seat.showtime_id, jsonb_build_object(
                   'tickets', array_agg(ticket.id ORDER BY ticket.id))
        FROM bookings_ticket ticket
        JOIN seating_showtimeseat seat ON seat.id = ticket.showtime_seat_id
        WHERE ticket.issued_at IS NOT NULL AND ticket.voided_at IS NULL
        GROUP BY seat.id
        HAVING count(*) > 1
        """,
    ),
    Invariant(
        "sold_seat_has_no_ticket",
        _("A sold seat has exactly one live ticket of the booking that owns it."),
        """
        SELECT seat.id::text, seat.showtime_id, jsonb_build_object(
                   'sale', seat.sale)
        FROM seating_showtimeseat seat
        WHERE seat.status = 'sold' AND NOT EXISTS (
            SELECT FROM bookings_ticket ticket
            WHERE ticket.showtime_seat_id = seat.id AND ticket.booking_id = seat.sale
              AND ticket.issued_at IS NOT NULL AND ticket.voided_at IS NULL)
        """,
    ),
    Invariant(
        "live_ticket_has_no_seat",
        _("The seat of a live ticket is sold to the ticket's booking."),
        # Seats with two live tickets have their own invariant.
        """
        SELECT min(ticket.id)::text, seat.showtime_id, jsonb_build_object(
                   'seat', seat.id, 'status', seat.status,
                   'sale', seat.sale, 'booking', min(ticket.booking_id::text))
        FROM bookings_ticket ticket
        JOIN seating_showtimeseat seat ON seat.id = ticket.showtime_seat_id
        WHERE ticket.issued_at IS NOT NULL AND ticket.voided_at IS NULL
        GROUP BY seat.id
        HAVING count(*) = 1
           AND bool_or(seat.status <> 'sold' OR seat.sale IS DISTINCT FROM ticket.booking_id)
        """,
    ),
    Invariant(
        "held_seat_of_ended_hold",
        _("A held seat's hold has not ended."),
        """
        SELECT seat.id::text, seat.showtime_id, jsonb_build_object(
                   'hold', hold.id, 'ended_at', hold.ended_at)
        FROM seating_showtimeseat seat
        JOIN seating_hold hold ON hold.id = seat.hold_id
        WHERE seat.status = 'held' AND hold.ended_at IS NOT NULL
        """,
    ),
    Invariant(
        "held_seat_unlike_its_hold",
        _("A held seat is of its hold's showtime and held as long as the hold lives."),
        """
        SELECT seat.id::text, seat.showtime_id, jsonb_build_object(
                   'hold', hold.id,
                   'held_until', seat.held_until, 'hold_expires_at', hold.expires_at)
        FROM seating_showtimeseat seat
        JOIN seating_hold hold ON hold.id = seat.hold_id
        WHERE seat.status = 'held' AND hold.ended_at IS NULL
          AND (hold.showtime_id <> seat.showtime_id OR hold.expires_at <> seat.held_until)
        """,
    ),
    Invariant(
        "showtime_seats_incomplete",
        _("Available, held, sold and blocked seats of a showtime add up to its studio's layout."),
        """
        WITH capacity AS (
            SELECT layout.id, layout.studio_id, count(seat.id) AS seats
            FROM seating_layout layout JOIN seating_seat seat ON seat.layout_id = layout.id
            GROUP BY layout.id
        ), found AS (
            SELECT taken.showtime_id, seat.layout_id, count(*) AS seats
            FROM seating_showtimeseat taken JOIN seating_seat seat ON seat.id = taken.seat_id
            WHERE taken.status IN ('available', 'held', 'sold', 'blocked')
            GROUP BY taken.showtime_id, seat.layout_id
        )
        SELECT showtime.id::text, showtime.id, jsonb_build_object(
                   'layout', found.layout_id, 'seats', coalesce(found.seats, 0),
                   'capacity', capacity.seats)
        FROM movies_showtime showtime
        LEFT JOIN found ON found.showtime_id = showtime.id
        LEFT JOIN capacity ON capacity.id = found.layout_id
        WHERE found.seats IS DISTINCT FROM capacity.seats OR found.seats IS NULL
           OR capacity.studio_id <> showtime.studio_id
        """,
    ),
)
