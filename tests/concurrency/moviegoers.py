"""One process of the race: a seeded stream of visitors who want the same seats."""

from __future__ import annotations

import random
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

if TYPE_CHECKING:
    from seating.holds.transitions import HeldSeats

    Mine = tuple[str, HeldSeats]  # visitor → its hold

# Actions of a visitor with their relative frequencies.
ACTIONS = {"come": 66, "add": 8, "change": 8, "release": 8, "pay": 1, "pay_late": 3, "sweep": 6}
PARTY_MAX = 5
LIVE_REMEMBERED_MAX = 12
PAST_REMEMBERED_MAX = 400


@dataclass(frozen=True)
class Plan:
    seed: int
    process: int
    showtime_id: int
    seat_ids: tuple[int, ...]
    attempts: int


@dataclass
class Report:
    """Results of one process; ``sold`` is (seat, sale)."""

    answers: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    sold: list[tuple[int, UUID]] = field(default_factory=list)


def go(plan: Plan) -> Report:
    return _Crowd(plan).run()


class _Crowd:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.random = random.Random(f"{plan.seed}/{plan.process}")
        self.report = Report()
        self.live: deque[Mine] = deque(maxlen=LIVE_REMEMBERED_MAX)
        self.past: deque[HeldSeats] = deque(maxlen=PAST_REMEMBERED_MAX)  # oldest first

    def run(self) -> Report:
        from core.errors import LayarError

        for number in range(self.plan.attempts):
            [action] = self.random.choices(list(ACTIONS), list(ACTIONS.values()))
            try:
                getattr(self, action)()
                self.report.answers[action] += 1
            except LayarError as refusal:
                self.report.answers[refusal.code] += 1
            except Exception as error:
                self.report.unexpected.append(f"{number} {action}: {error!r}")
        return self.report

    def come(self) -> None:
        from seating.holds import transitions

        visitor = f"web:{uuid4()}"
        held = transitions.hold_seats(
            showtime_id=self.plan.showtime_id, visitor=visitor, seat_ids=self.some_seats()
        )
        self.live.append((visitor, held))
        self.past.append(held)

    def add(self) -> None:
        from seating.holds import transitions

        visitor, _held = self.one_of_ours()
        grown = transitions.hold_seats(
            showtime_id=self.plan.showtime_id, visitor=visitor, seat_ids=self.some_seats()
        )
        self.live.append((visitor, grown))

    def change(self) -> None:
        from seating.holds import transitions

        visitor, held = self.one_of_ours()
        changed = transitions.change_seats(
            hold_id=held.hold_id, visitor=visitor, seat_ids=self.some_seats()
        )
        self.live.append((visitor, changed))

    def release(self) -> None:
        from seating.holds import transitions

        visitor, held = self.one_of_ours()
        if self.random.random() < 0.5:
            transitions.release_hold(hold_id=held.hold_id, visitor=visitor)
            return
        some = [seat.seat_id for seat in held.seats[:1]]
        if transitions.release_seats(hold_id=held.hold_id, visitor=visitor, seat_ids=some):
            self.live.append((visitor, held))

    def pay(self) -> None:
        _visitor, held = self.one_of_ours()
        self.buy(held)

    def pay_late(self) -> None:
        """A late success: sells the seats if they are still free."""
        if self.past:
            self.buy(self.past.popleft())

    def sweep(self) -> None:
        from seating.holds import transitions

        self.report.answers["swept"] += transitions.sweep_expired_holds()

    def buy(self, held: HeldSeats) -> None:
        """Sell as a settled payment does: lock the hold, then its seats by id, and sell all or
        none."""
        from django.db import transaction

        from seating.holds import sales
        from seating.models import ShowtimeSeat

        sale = uuid4()
        wanted = [seat.showtime_seat_id for seat in held.seats]
        with transaction.atomic():
            if not sales.sell_seats(showtime_seat_ids=wanted, hold_id=held.hold_id, sale=sale):
                self.report.answers["too late"] += 1
                return
        owned = ShowtimeSeat.objects.filter(sale=sale).values_list("seat_id", flat=True)
        self.report.sold += [(seat_id, sale) for seat_id in owned]

    def some_seats(self) -> list[int]:
        """Adjacent seats in random order, so that sets overlap and orders differ."""
        size = self.random.randint(1, PARTY_MAX)
        first = self.random.randrange(len(self.plan.seat_ids) - size)
        chosen = list(self.plan.seat_ids[first : first + size])
        self.random.shuffle(chosen)
        return chosen

    def one_of_ours(self) -> Mine:
        if not self.live:
            self.come()
        mine = self.random.choice(self.live)
        self.live.remove(mine)
        return mine
