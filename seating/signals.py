"""Signals of seating."""

from django.dispatch import Signal

# A change of a sealed hold is refused; sent inside the transaction. hold: Hold; facts: dict[str,
# Any], to which a receiver adds public facts of the refusal.
sealed_hold_refused = Signal()

# The panel of a visitor without held seats is drawn. request: HttpRequest; showtime_id: int; at:
# datetime; facts: dict[str, Any], to which a receiver adds ``code`` and ``url`` of the booking that
# this visitor has paid.
paid_booking_asked = Signal()
