"""What the floors above may hear from the catalogue.

Each signal is sent inside the transaction that made it true, so that a receiver's rows stand or
fall with it. Receivers only write rows; anything else belongs in ``transaction.on_commit``.
"""

from django.dispatch import Signal

# showtimes: list[Showtime], just inserted
showtimes_scheduled = Signal()
# showtime: Showtime, price_change_rupiah: int (may be negative)
showtime_repriced = Signal()
# showtime: Showtime, at: datetime
showtime_cancelled = Signal()
