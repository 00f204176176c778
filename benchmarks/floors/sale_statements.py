"""The statements of the floor's sale."""

OPEN_HOLD = """
SELECT id, expires_at FROM seating_hold
WHERE visitor = %s AND showtime_id = %s AND ended_at IS NULL AND expires_at > statement_timestamp()
"""
HELD = """
SELECT hold.id, hold.visitor, seat.id
FROM seating_hold hold JOIN seating_showtimeseat seat ON seat.hold_id = hold.id
WHERE hold.visitor = %s AND hold.showtime_id = %s AND hold.ended_at IS NULL
  AND seat.showtime_id = hold.showtime_id
"""
OF_HOLD = """
SELECT hold.id, hold.visitor, seat.id, hold.showtime_id
FROM seating_hold hold JOIN seating_showtimeseat seat ON seat.hold_id = hold.id
WHERE hold.id = %s AND hold.visitor = %s AND hold.ended_at IS NULL
"""
SHOWTIME = """
SELECT * FROM movies_showtime showtime
JOIN movies_movie movie ON movie.id = showtime.movie_id
JOIN movies_studio studio ON studio.id = showtime.studio_id
JOIN movies_cinema cinema ON cinema.id = studio.cinema_id
WHERE showtime.id = %s
"""
TICKET_TYPES = "SELECT * FROM bookings_tickettype WHERE is_offered"
TAX_RULES = "SELECT * FROM movies_taxrule"
SEAL = "UPDATE seating_hold SET sealed_at = statement_timestamp() WHERE id = %s"
STORE_PAGE = """
UPDATE bookings_payment SET status = 'pending', reference = %s, redirect_url = %s WHERE id = %s
"""
BOOKING = """
SELECT booking.id, booking.*, showtime.*, movie.*, studio.*, cinema.* FROM bookings_booking booking
JOIN movies_showtime showtime ON showtime.id = booking.showtime_id
JOIN movies_movie movie ON movie.id = showtime.movie_id
JOIN movies_studio studio ON studio.id = showtime.studio_id
JOIN movies_cinema cinema ON cinema.id = studio.cinema_id
WHERE booking.code = %s
"""
TICKETS = """
SELECT ticket.*, seat.*, type.* FROM bookings_ticket ticket
JOIN seating_showtimeseat showtime_seat ON showtime_seat.id = ticket.showtime_seat_id
JOIN seating_seat seat ON seat.id = showtime_seat.seat_id
JOIN bookings_tickettype type ON type.id = ticket.ticket_type_id
WHERE ticket.booking_id = %s
"""
PAYMENT = "SELECT id, reference, status FROM bookings_payment WHERE booking_id = %s"
OF_REFERENCE = """
SELECT id, booking_id FROM bookings_payment WHERE provider = 'sandbox' AND reference = %s
"""
LOCK_BOOKING = """
SELECT hold_id, contact_email FROM bookings_booking WHERE id = %s FOR NO KEY UPDATE
"""
LOCK_PAYMENT = """
SELECT id, amount_rupiah FROM bookings_payment WHERE booking_id = %s FOR NO KEY UPDATE
"""
END_HOLD = "UPDATE seating_hold SET ended_at = %s, \"end\" = 'sold' WHERE id = %s"
SELL = """
UPDATE seating_showtimeseat
SET status = 'sold', sale = %s, hold_id = NULL, held_until = NULL, version = version + 1
WHERE hold_id = %s
"""
CONFIRM = """
WITH paid AS (
    UPDATE bookings_payment
    SET status = 'succeeded', settled_at = %(at)s, applied_at = %(at)s, poll_at = NULL,
        captured_rupiah = %(amount)s
    WHERE id = %(payment)s
    RETURNING booking_id
), confirmed AS (
    UPDATE bookings_booking booking SET status = 'confirmed', confirmed_at = %(at)s
    FROM paid WHERE booking.id = paid.booking_id
    RETURNING booking.id
)
UPDATE bookings_ticket ticket SET issued_at = %(at)s
FROM confirmed WHERE ticket.booking_id = confirmed.id
"""
CLAIM = """
SELECT id, channel, recipient, booking_id FROM notifications_message
WHERE id = %s AND status = 'waiting' FOR UPDATE SKIP LOCKED
"""
LEASE = """
UPDATE notifications_message SET attempts = attempts + 1, next_attempt_at = %s WHERE id = %s
"""
BOOKING_CODE = "SELECT code FROM bookings_booking WHERE id = %s"
SENT = """
UPDATE notifications_message
SET status = 'sent', sent_at = %s, next_attempt_at = NULL, provider_reference = %s WHERE id = %s
"""
