"""Signals for the apps above this one.

Each is sent inside the transaction of its change, so that receivers' rows commit with it.
Receivers only write rows; other effects belong in ``transaction.on_commit``.
"""

from django.dispatch import Signal

# showtimes: list[Showtime], just inserted
showtimes_scheduled = Signal()
# showtime: Showtime, price_change_rupiah: int (may be negative)
showtime_repriced = Signal()
# showtime: Showtime, at: datetime
showtime_cancelled = Signal()
# changes: list[EndChange] whose film ends at another time, by: User | None, at: datetime
showtime_ends_changed = Signal()
# user: User, by: User | None (an operator's command), at: datetime; a role was assigned
role_assigned = Signal()
