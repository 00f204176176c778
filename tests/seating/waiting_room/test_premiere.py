"""A premiere with 100,000 people waiting, of whom one in a hundred cheats (`-m exhaustive`).

Real time and a real database; those who are called come in and hold seats, cheaters replay passes,
ask for passes early and hold seats without one.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field

import pytest
from django.db import connection
from django.utils import timezone

from core.errors import LayarError
from movies.models import Showtime
from seating.holds import quotas, transitions
from seating.holds.abuse import Holder
from seating.models import Hold, WaitingPlace, WaitingRoom
from seating.waiting_room import admission, draw, places, progress
from seating.waiting_room.draw import Verdict
from tests.factories import make_showtime, make_studio
from tests.seating.waiting_room.fixtures import before_opening, reach_opening

pytestmark = [pytest.mark.exhaustive, pytest.mark.django_db(transaction=True)]

WAITING = 100_000
CHEATING_PERCENT = 1
CHEATS_PER_TICK = 5
PER_MINUTE_MAX = 1_200
INSIDE_MAX = 100_000
TICK_SECONDS = 1.0
GROWTH_SECONDS, MEASURED_SECONDS = 60, 60
TOLERANCE = 0.05
OPENING_SECONDS_MAX = 20.0
ROWS, SEATS_PER_ROW, HALLS = "ABCDEFGHIJKLMNO", 20, 12

JOIN = """
INSERT INTO seating_waitingplace (room_id, number, visitor, pass_number, "end")
SELECT %s, gen_random_uuid(), 'web:' || number, 0, '' FROM generate_series(1, %s) AS number
"""


@dataclass
class Premiere:
    room: WaitingRoom
    seats: list[tuple[int, int]]  # showtime, seat
    random: random.Random
    passes: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    def come_in(self) -> None:
        """Everybody who was called: honest visitors come in and hold a seat."""
        called = WaitingPlace.objects.live().filter(
            room=self.room, called_at__isnull=False, entered_at__isnull=True
        )
        for visitor in called.values_list("visitor", flat=True):
            entrance = places.enter(room_id=self.room.pk, visitor=visitor)
            self.passes.append(entrance.token)
            self.hold("honest", visitor, entrance.token)

    def cheat(self) -> None:
        cheater = f"web:{self.random.randint(1, WAITING * CHEATING_PERCENT // 100)}"
        self.hold("direct", f"web:bot-{self.random.random()}", "")
        if self.passes:
            self.hold("replayed", f"web:bot-{self.random.random()}", self.passes[-1])
        place = WaitingPlace.objects.of(cheater).filter(room=self.room).first()
        if place is not None and place.called_at is None:
            try:
                places.enter(room_id=self.room.pk, visitor=cheater)
                self.answers["early: came in"] += 1
            except LayarError as error:
                self.answers[f"early: {error.code}"] += 1

    def hold(self, kind: str, visitor: str, token: str) -> None:
        showtime_id, seat_id = self.seats.pop() if kind == "honest" else self.seats[0]
        try:
            quotas.hold_within_quota(
                Holder("", visitor, waiting_pass=token),
                showtime_id,
                [seat_id],
                lambda: transitions.hold_seats(
                    showtime_id=showtime_id, visitor=visitor, seat_ids=[seat_id]
                ),
                counted=[],
            )
            self.answers[f"{kind}: held"] += 1
        except LayarError as error:
            self.answers[f"{kind}: {error.code}"] += 1

    def run(self, seconds: float) -> float:
        """Tick once a second; how many were called per minute."""
        self.room.refresh_from_db()
        before, began = self.room.called_count, time.monotonic()
        ticks = 0
        while time.monotonic() - began < seconds:
            # The crowd keeps its pages open.
            WaitingPlace.objects.filter(room=self.room, rank__lte=20_000).update(
                seen_at=timezone.now()
            )
            admission.tick(self.room.pk)
            self.come_in()
            for _cheat in range(CHEATS_PER_TICK):
                self.cheat()
            ticks += 1
            time.sleep(max(0.0, began + ticks * TICK_SECONDS - time.monotonic()))
        self.room.refresh_from_db()
        return (self.room.called_count - before) / (time.monotonic() - began) * 60


def open_premiere() -> Premiere:
    showtimes: list[Showtime] = [
        make_showtime(make_studio(), rows=ROWS, seats_per_row=SEATS_PER_ROW)
        for _hall in range(HALLS)
    ]
    room = before_opening(per_minute_max=PER_MINUTE_MAX, inside_max=INSIDE_MAX)
    with connection.cursor() as cursor:
        cursor.execute(JOIN, [room.pk, WAITING])
    admission.tick(room.pk)
    assert WaitingPlace.objects.filter(called_at__isnull=False).count() == 0
    reach_opening(room)
    seats = [
        (showtime.pk, seat_id)
        for showtime in showtimes
        for seat_id in showtime.seats.values_list("seat_id", flat=True)
    ]
    return Premiere(room, seats, random.Random(1))


def test_hundred_thousand_wait_and_one_in_a_hundred_cheats() -> None:
    premiere = open_premiere()
    began = time.monotonic()
    admission.tick(premiere.room.pk)
    opening_seconds = time.monotonic() - began

    premiere.run(GROWTH_SECONDS)
    per_minute = premiere.run(MEASURED_SECONDS)

    room = premiere.room
    print(f"\ndraw {opening_seconds:.1f} s; {per_minute:.0f} a minute; {premiere.answers}")
    assert opening_seconds < OPENING_SECONDS_MAX
    verdict = draw.verify(
        commitment=room.commitment, seed=room.seed, numbers=list(draw.drawn_numbers(room))
    )
    assert (verdict, room.drawn_count) == (Verdict(True, None), WAITING)
    assert abs(per_minute / PER_MINUTE_MAX - 1) <= TOLERANCE
    # Nobody came early: exactly the first ranks are called, and only they hold seats.
    called = WaitingPlace.objects.filter(room=room, called_at__isnull=False)
    ranks = list(called.order_by("rank").values_list("rank", flat=True))
    assert ranks == list(range(1, len(ranks) + 1))
    assert not called.filter(called_at__lt=room.opens_at).exists()
    assert Hold.objects.count() == premiere.answers["honest: held"]
    kinds = {name for name in premiere.answers if not name.startswith("honest")}
    assert kinds == {"direct: waiting_room", "replayed: waiting_room", "early: not_your_turn"}


def test_state_of_a_hundred_thousand_is_read_quickly() -> None:
    premiere = open_premiere()
    admission.tick(premiere.room.pk)
    middle = WaitingPlace.objects.get(room=premiere.room, rank=WAITING // 2)

    began = time.monotonic()
    state = progress.current(premiere.room.pk)
    seconds = time.monotonic() - began
    ahead = progress.position_of(middle, state).ahead

    assert seconds < 1.0
    assert ahead is not None
    called = premiere.room.places.filter(called_at__isnull=False).count()
    assert abs(ahead - (WAITING // 2 - 1 - called)) <= 2
    assert len(state.steps) == progress.STEPS + 1
