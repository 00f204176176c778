"""Random behaviour of visitors: thinking times, choices and their probabilities."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from demo.chain import GUEST_NAMES, MAIL_DOMAIN
from demo.simulation.plan import Seat

# Ranges of thinking time in seconds.
READING = (2.0, 10.0)
CHOOSING = (4.0, 15.0)
TAPPING = (0.6, 2.0)
FILLING_IN = (10.0, 30.0)
PAYING = (5.0, 18.0)
AFTER_PAYMENT = (3.0, 12.0)

PARTIES = {1: 16, 2: 52, 3: 14, 4: 18}
AFTER_SEAT_MAP = {"choose": 88, "leave": 12}
AFTER_HOLD = {"order": 82, "release": 8, "forget": 10}
AT_PAYMENT = {"pay": 80, "decline": 8, "cancel": 4, "walk away": 4, "give back": 4}
CANCELLED_SHARE = 0.06
STUDENT_SHARE = 0.2
VOUCHER_SHARE = 0.05
VOUCHER = "LAYAR20"
APP_SHARE = 0.4
BEST_PLACE = 0.6  # share of the seats in front of the preferred one, so that visitors compete
PREFERENCE_SPREAD = 0.12
CROWD_PULLERS_OF = 12  # about one showtime of so many is popular


@dataclass
class Behaviour:
    """One visitor's random choices; thinking times are divided by ``haste``."""

    chance: random.Random
    haste: float

    async def pause(self, seconds: tuple[float, float]) -> None:
        await asyncio.sleep(self.chance.uniform(*seconds) / self.haste)

    def decide(self, weights: Mapping[str, int]) -> str:
        return self.chance.choices(list(weights), list(weights.values()))[0]

    def party(self) -> int:
        return self.chance.choices(list(PARTIES), list(PARTIES.values()))[0]

    def chooses(self, share: float) -> bool:
        return self.chance.random() < share

    def ticket_type(self) -> str:
        return "student" if self.chooses(STUDENT_SHARE) else "adult"

    def contact(self) -> tuple[str, str]:
        name = self.chance.choice(GUEST_NAMES)
        return name, f"{name.lower().replace(' ', '.')}@{MAIL_DOMAIN}"

    def showtime(self, offered: Sequence[int]) -> int:
        """Choose a showtime; all visitors prefer the same few."""
        weights = [1 / (1 + crc32(str(number).encode()) % CROWD_PULLERS_OF) for number in offered]
        return self.chance.choices(offered, weights)[0]

    def seats(self, seats: Sequence[Seat], party: int) -> list[int]:
        """Choose adjacent free seats near the preferred place; empty if there are none."""
        runs = [
            seats[start : start + party]
            for start in range(len(seats) - party + 1)
            if all(seat.is_free for seat in seats[start : start + party])
        ]
        if not runs:
            return []
        places = {seat.id: number / len(seats) for number, seat in enumerate(seats)}
        wanted = self.chance.gauss(BEST_PLACE, PREFERENCE_SPREAD)
        best = min(runs, key=lambda run: abs(places[run[0].id] - wanted))
        return [seat.id for seat in best]
