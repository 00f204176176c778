"""Signals of bookings, sent inside the transaction (see movies.signals).

Unless it says otherwise, a signal carries ``booking`` (locked, as just written) and ``event`` (its
BookingEvent).
"""

from django.dispatch import Signal

# every ledger event
event_recorded = Signal()
booking_confirmed = Signal()
booking_failed = Signal()
booking_expired = Signal()
booking_cancelled = Signal()
tickets_resent = Signal()
# staff moved tickets to other seats, perhaps of another showtime; event.facts name them
tickets_moved = Signal()
# the email address changed; also former_email: str, at: datetime
contact_corrected = Signal()
# the showtime moved to another time or studio; event.facts hold both
showtime_moved = Signal()
# also refund: Refund
refund_due = Signal()
refund_completed = Signal()
# only discrepancy: reconciliation.Discrepancy that settlement cannot resolve, at: datetime
payment_discrepancy = Signal()
# a request from the office: message_id: UUID of a message that was given up, at: datetime;
# the receiver raises an error if it refuses
message_wanted_again = Signal()
# Of waitlists: entry: WaitlistEntry, event: WaitlistEvent. Its address needs confirming
waitlist_joined = Signal()
# seats are held for the entry; event.offer
waitlist_offered = Signal()
