"""bin/rush: everybody wants seats of one hall at the same moment, with and without a waiting room.

Starts `bin/cluster` on ephemeral stores. The visitors share the machine with it, so the times are
those of a busy machine. Fails on a server error, a seat that is held twice, an empty measurement,
or if visitors elsewhere wait longer than ELSEWHERE_MAX times the quiet value.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.machine import describe_computer
from benchmarks.product import Product, running_product
from benchmarks.rush.visitors import Moviegoer, Tally, look_elsewhere, settled

HOLD_SECONDS = 1_800  # seats stay held: the hall is sold out once all are
OPENING_AFTER_SECONDS = 25.0
WATCH_SECONDS = 0.5
ELSEWHERE_MAX = 1.5
ELSEWHERE = ["/en/", "/en/films/", "/en/schedule/", "/en/cinemas/", "/films/"]
MAKE_ROOM = """
from datetime import timedelta
from django.utils import timezone
from seating.models import WaitingRoom
from seating.waiting_room import rooms
opens_at = timezone.now() + timedelta(seconds={seconds})
room = WaitingRoom.objects.create(
    showtime_id={showtime}, control="on", opens_at=opens_at, inside_max={inside},
    per_minute_max={per_minute},
)
rooms.refresh()
print("room", room.pk)
"""


@dataclass(frozen=True)
class Phase:
    """``sold_out_seconds``: from the opening; None if seats were left."""

    name: str
    tally: Tally
    elsewhere: Tally
    sold_out_seconds: float | None = None
    buyers: int = 0

    @property
    def document(self) -> dict[str, Any]:
        kinds = [*self.tally.seconds, *(["elsewhere"] if self.elsewhere.seconds else [])]
        both = Tally(self.tally.seconds | self.elsewhere.seconds)
        return {
            "phase": self.name,
            "sold_out_seconds": self.sold_out_seconds,
            "buyers": self.buyers,
            "milliseconds": {
                kind: {
                    "requests": len(both.seconds[kind]),
                    "p50": round(both.percentile(kind, 50), 1),
                    "p99": round(both.percentile(kind, 99), 1),
                }
                for kind in kinds
            },
            "answers": dict(self.tally.answers),
            "errors": dict(Counter(self.tally.errors + self.elsewhere.errors)),
        }


class Hall:
    """Watches a showtime's seats; ``is_over`` once none is free or the time is up."""

    def __init__(self, site: str, showtime: int, opening: float, seconds: float) -> None:
        self.site, self.showtime, self.opening = site, showtime, opening
        self.until = opening + seconds
        self.sold_out_seconds: float | None = None

    def is_over(self) -> bool:
        return self.sold_out_seconds is not None or time.monotonic() > self.until

    async def watch(self) -> None:
        async with httpx.AsyncClient(base_url=self.site, timeout=60) as client:
            while not self.is_over():
                response = await client.get(f"/showtimes/{self.showtime}/seats.json")
                if response.is_success and response.json()["available"] == 0:
                    self.sold_out_seconds = round(time.monotonic() - self.opening, 1)
                await asyncio.sleep(WATCH_SECONDS)


def main() -> int:
    arguments = _parser().parse_args()
    print("starting a cluster on ephemeral stores", flush=True)
    with running_product(hold_seconds=HOLD_SECONDS, is_cluster=True) as product:
        site = f"http://localhost:{product.port}"
        first, second = _largest_halls(site)
        quiet = asyncio.run(_quiet(site, arguments))
        without = asyncio.run(_rush(product, site, first, arguments, has_room=False))
        with_room = asyncio.run(_rush(product, site, second, arguments, has_room=True))
        print("invariants", flush=True)
        invariants = product.manage("check_invariants", "--json")
    phases = [quiet, without, with_room]
    report = {
        "machine": describe_computer(),
        "moviegoers": arguments.moviegoers,
        "elsewhere": arguments.elsewhere,
        "seats": [first["seats"], second["seats"]],
        "phases": [phase.document for phase in phases],
        "failures": _failures(phases, invariants.returncode),
    }
    text = json.dumps(report, indent=2)
    if arguments.json:
        arguments.json.write_text(text + "\n")
    print(text)
    return bool(report["failures"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/rush", description=__doc__)
    parser.add_argument("--moviegoers", type=int, default=2_000)
    parser.add_argument("--elsewhere", type=int, default=20, help="visitors of other pages")
    parser.add_argument("--per-minute", type=int, default=600, help="limit of the waiting room")
    parser.add_argument("--inside", type=int, default=300, help="the same, inside")
    parser.add_argument("--quiet-seconds", type=float, default=30.0)
    parser.add_argument("--seconds-max", type=float, default=300.0, help="of each rush")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser


def _largest_halls(site: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two showtimes of later days with the most seats, and how many they have."""
    found = httpx.get(f"{site}/api/v1/showtimes", params={"limit": 200}, timeout=60).json()
    large = [
        showtime for showtime in found["results"]
        if showtime["studio"]["studio_class"] == "large"
    ][-2:]  # fmt: skip
    for showtime in large:
        seats = httpx.get(f"{site}/showtimes/{showtime['id']}/seats.json", timeout=60).json()
        showtime["seats"] = seats["available"]
    first, second = large
    return first, second


async def _quiet(site: str, arguments: argparse.Namespace) -> Phase:
    tally, until = Tally(), time.monotonic() + arguments.quiet_seconds
    await settled(
        [
            look_elsewhere(site, tally, ELSEWHERE, seed, lambda: time.monotonic() > until)
            for seed in range(arguments.elsewhere)
        ],
        arguments.quiet_seconds + 60,
    )
    return Phase("quiet", Tally(), tally)


async def _rush(
    product: Product,
    site: str,
    showtime: dict[str, Any],
    arguments: argparse.Namespace,
    *,
    has_room: bool,
) -> Phase:
    room = _make_room(product, showtime["id"], arguments) if has_room else 0
    opening = time.monotonic() + OPENING_AFTER_SECONDS
    hall = Hall(site, showtime["id"], opening, arguments.seconds_max)
    tally, elsewhere = Tally(), Tally()
    crowd = [Moviegoer(site, tally, showtime["id"], seed) for seed in range(arguments.moviegoers)]
    work: list[Awaitable[None]] = [hall.watch()]
    work += [
        each.queue(room, hall.is_over) if has_room else each.rush(opening, hall.is_over)
        for each in crowd
    ]
    work += [
        look_elsewhere(site, elsewhere, ELSEWHERE, seed, hall.is_over)
        for seed in range(arguments.elsewhere)
    ]
    name = "with a waiting room" if has_room else "without a waiting room"
    print(f"{arguments.moviegoers} moviegoers {name}", flush=True)
    await settled(work, OPENING_AFTER_SECONDS + arguments.seconds_max + 60)
    return Phase(
        name,
        tally,
        elsewhere,
        hall.sold_out_seconds,
        sum(bool(each.held) for each in crowd),
    )


def _make_room(product: Product, showtime: int, arguments: argparse.Namespace) -> int:
    code = MAKE_ROOM.format(
        seconds=OPENING_AFTER_SECONDS + 3,  # a little later than the clock of the visitors
        showtime=showtime,
        inside=arguments.inside,
        per_minute=arguments.per_minute,
    )
    made = product.manage("shell", "-c", code)
    if "room " not in made.stdout:
        raise RuntimeError(made.stderr[-2000:])
    return int(made.stdout.rpartition("room ")[2])


def _failures(phases: list[Phase], invariants: int) -> list[str]:
    failures = [
        f"{phase.name}: {len(phase.tally.errors) + len(phase.elsewhere.errors)} errors"
        for phase in phases
        if phase.tally.errors or phase.elsewhere.errors
    ]
    quiet, _without, with_room = phases
    ratio = with_room.elsewhere.percentile("elsewhere", 99) / quiet.elsewhere.percentile(
        "elsewhere", 99
    )
    if ratio > ELSEWHERE_MAX:
        failures.append(f"elsewhere: p99 is {ratio:.1f} times the quiet value")
    if with_room.sold_out_seconds is None:
        failures.append("with a waiting room: seats were left")
    return [*failures, "an invariant is violated"] if invariants else failures


if __name__ == "__main__":
    sys.exit(main())
