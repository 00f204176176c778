"""One process of a rush on a waiting room: honest visitors, and some that cheat.

Nothing here imports a model at the top (see ``racers``).
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seating.waiting_room.places import Entrance


@dataclass(frozen=True)
class Plan:
    seed: int
    process: int
    room_id: int
    showtime_id: int
    seat_ids: tuple[int, ...]
    visitors: int
    seconds: float


@dataclass
class Report:
    """``answers``: how attempts ended; ``inside_max``: the most that were ever counted inside."""

    answers: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    inside_max: int = 0


def go(plan: Plan) -> Report:
    return _Crowd(plan).run()


class _Crowd:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.random = random.Random(f"{plan.seed}/{plan.process}")
        self.report = Report()
        self.visitors = [f"web:{plan.process}-{number}" for number in range(plan.visitors)]
        self.entrances: dict[str, Entrance] = {}

    def run(self) -> Report:
        from core.errors import LayarError

        actions = {
            self.join: 20, self.see: 30, self.enter: 30, self.hold: 20, self.leave: 5,
            self.borrow: 10, self.go_around: 10, self.count: 20,
        }  # fmt: skip
        until = time.monotonic() + self.plan.seconds
        while time.monotonic() < until:
            [action] = self.random.choices(list(actions), list(actions.values()))
            try:
                action()
                self.report.answers[action.__name__] += 1
            except LayarError as error:
                self.report.answers[f"{action.__name__}: {error.code}"] += 1
            except Exception as error:
                self.report.unexpected.append(f"{action.__name__}: {error!r}")
        return self.report

    def visitor(self) -> str:
        return self.random.choice(self.visitors)

    def join(self) -> None:
        from seating.waiting_room import places

        places.join(room_id=self.plan.room_id, visitor=self.visitor())

    def see(self) -> None:
        from seating.waiting_room import admission, places

        admission.tick(self.plan.room_id)
        places.see(room_id=self.plan.room_id, visitor=self.visitor())

    def enter(self) -> None:
        from seating.waiting_room import places

        visitor = self.visitor()
        self.entrances[visitor] = places.enter(room_id=self.plan.room_id, visitor=visitor)

    def hold(self) -> None:
        """With the visitor's own pass, which may be over or replaced."""
        if self.entrances:
            visitor = self.random.choice(list(self.entrances))
            self._hold(visitor, self.entrances[visitor].token)

    def borrow(self) -> None:
        """With the pass of another visitor."""
        lender = self.random.choice(list(self.entrances) or [""])
        token = self.entrances[lender].token if lender else ""
        self._hold(f"web:borrower-{self.plan.process}", token)

    def go_around(self) -> None:
        self._hold(f"web:bot-{self.plan.process}", "")

    def leave(self) -> None:
        from seating.waiting_room import places

        places.leave(room_id=self.plan.room_id, visitor=self.visitor())

    def count(self) -> None:
        from seating.models import WaitingPlace

        inside = WaitingPlace.objects.inside().filter(room_id=self.plan.room_id).count()
        self.report.inside_max = max(self.report.inside_max, inside)

    def _hold(self, visitor: str, token: str) -> None:
        from seating.holds import quotas, transitions
        from seating.holds.abuse import Holder

        seat_id = self.random.choice(self.plan.seat_ids)
        quotas.hold_within_quota(
            Holder("", visitor, waiting_pass=token),
            self.plan.showtime_id,
            [seat_id],
            lambda: transitions.hold_seats(
                showtime_id=self.plan.showtime_id, visitor=visitor, seat_ids=[seat_id]
            ),
            counted=[],
        )
