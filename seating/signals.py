"""Signals of seating, sent inside the transaction."""

from django.dispatch import Signal

# A change of a sealed hold is refused. hold: Hold; facts: dict[str, Any], to which a receiver adds
# public facts of the refusal.
sealed_hold_refused = Signal()
