"""What the floors above may hear of a booking. Sent inside the transaction (see movies.signals).

Every signal carries ``booking`` (locked, as just written) and ``event`` (its BookingEvent).
"""

from django.dispatch import Signal

booking_confirmed = Signal()
booking_failed = Signal()
booking_expired = Signal()
booking_cancelled = Signal()
# also refund: Refund
refund_due = Signal()
refund_completed = Signal()
