"""What the floors above may hear of a booking. Sent inside the transaction (see movies.signals).

Unless it says otherwise, a signal carries ``booking`` (locked, as just written) and ``event`` (its
BookingEvent).
"""

from django.dispatch import Signal

# every line of the ledger, whatever it says
event_recorded = Signal()
booking_confirmed = Signal()
booking_failed = Signal()
booking_expired = Signal()
booking_cancelled = Signal()
tickets_resent = Signal()
# the showtime is at another time or in another studio; event.facts say from where to where
showtime_moved = Signal()
# also refund: Refund
refund_due = Signal()
refund_completed = Signal()
# only discrepancy: reconciliation.Discrepancy that nothing here can heal, at: datetime
payment_discrepancy = Signal()
# asked by the office of whoever sends messages: message_id: UUID that was given up, at: datetime;
# the receiver raises what it refuses
message_wanted_again = Signal()
