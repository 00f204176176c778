"""The order of a waiting room: drawn at the opening, later arrivals behind in order of arrival.

Before the opening a SHA-256 of the seed is public, afterwards the seed. The order is that of
SHA-256(seed, number of the place), so anyone can verify it, and nobody can have chosen it after
the places were taken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from seating.models import WaitingPlace, WaitingRoom
from seating.models.waiting_room import commitment_of
from seating.waiting_room.limits import DRAW_SECONDS_MAX, RANKED_AT_ONCE_MAX

# Places that arrived before the opening. The hash is that of the seed's bytes and the number's.
DRAW = """
UPDATE seating_waitingplace AS place SET rank = drawn.rank
FROM (
    SELECT id, row_number() OVER (
        ORDER BY sha256(decode(%(seed)s, 'hex') || uuid_send(number)), number
    ) AS rank
    FROM seating_waitingplace
    WHERE room_id = %(room_id)s AND rank IS NULL AND ended_at IS NULL
      AND arrived_at < %(opens_at)s
) AS drawn
WHERE place.id = drawn.id
"""
APPEND = """
UPDATE seating_waitingplace AS place SET rank = later.rank
FROM (
    SELECT id, %(last_rank)s + row_number() OVER (ORDER BY id) AS rank
    FROM (
        SELECT id FROM seating_waitingplace
        WHERE room_id = %(room_id)s AND rank IS NULL AND ended_at IS NULL AND called_at IS NULL
        ORDER BY id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
    ) AS unranked
) AS later
WHERE place.id = later.id
"""


def digest(seed: str, number: UUID) -> bytes:
    """What a place is ordered by."""
    return hashlib.sha256(bytes.fromhex(seed) + number.bytes).digest()


def drawn_order(seed: str, numbers: Iterable[UUID]) -> list[UUID]:
    """The order that ``seed`` gives these places."""
    return sorted(numbers, key=lambda number: (digest(seed, number), number.bytes))


@dataclass(frozen=True)
class Verdict:
    """Whether a published draw is what it claims. ``first_wrong``: the first rank that is not."""

    commitment_fits: bool
    first_wrong: int | None

    @property
    def is_right(self) -> bool:
        return self.commitment_fits and self.first_wrong is None


def verify(*, commitment: str, seed: str, numbers: Sequence[UUID]) -> Verdict:
    """Whether ``seed`` was committed to and gives this order of places."""
    wrong = (
        rank
        for rank, (drawn, said) in enumerate(
            zip(drawn_order(seed, numbers), numbers, strict=True), start=1
        )
        if drawn != said
    )
    return Verdict(commitment_of(seed) == commitment, next(wrong, None))


def drawn_places(room: WaitingRoom) -> Iterator[tuple[int, UUID]]:
    """Rank and number of the drawn places that are kept, by rank; none before the draw."""
    drawn = WaitingPlace.objects.filter(room=room, rank__lte=room.drawn_count).order_by("rank")
    for place in drawn.only("rank", "number").iterator():
        yield place.rank or 0, place.number  # the filter leaves none without a rank


def drawn_numbers(room: WaitingRoom) -> Iterator[UUID]:
    """The numbers of ``drawn_places``."""
    return (number for _rank, number in drawn_places(room))


def has_whole_order(room: WaitingRoom) -> bool:
    """Whether the turns were drawn and none of the drawn places was deleted since."""
    if room.drawn_at is None:
        return False
    drawn = WaitingPlace.objects.filter(room=room, rank__lte=room.drawn_count)
    return drawn.count() == room.drawn_count


def draw(room: WaitingRoom) -> None:
    """Give everybody who arrived before the opening their drawn rank. ``room`` is locked."""
    values: dict[str, Any] = {
        "seed": room.seed,
        "room_id": room.pk,
        "opens_at": room.opens_at,
    }
    with connection.cursor() as cursor:
        # For this transaction: the limit of other statements is too short for a premiere.
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{DRAW_SECONDS_MAX}s"])
        cursor.execute(DRAW, values)
        room.drawn_count = room.last_rank = cursor.rowcount
    room.drawn_at = room.now


def append(room: WaitingRoom) -> None:
    """Rank later arrivals behind the others. ``room`` is locked."""
    values = {"room_id": room.pk, "last_rank": room.last_rank, "limit": RANKED_AT_ONCE_MAX}
    with connection.cursor() as cursor:
        cursor.execute(APPEND, values)
        room.last_rank += cursor.rowcount
