"""Signals by which apps above take part in what accounts do, mostly with personal data.

``erasure_wanted`` comes first and may refuse; ``person_erased`` is sent in the same transaction,
and again inside a restored copy that is older than the erasure. Receivers only read and write rows.
"""

from django.dispatch import Signal

# person: people.Person, collected: dict[str, Any] (add a section; plain values), at: datetime
personal_data_wanted = Signal()
# erasing: erasure.Erasing; lock what will be written, name its rows, add obstacles
erasure_wanted = Signal()
# erasing: erasure.Erasing
person_erased = Signal()
# Somebody signed in to the API. user: User, request: Request; in the transaction of the answer
signed_in = Signal()
# Where a member of staff goes after signing in. user: User, facts: dict[str, str]; a receiver adds
# ``url`` for people who use one page only
landing_asked = Signal()
