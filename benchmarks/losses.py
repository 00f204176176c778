"""`python -m benchmarks.losses`: open maps while the channel layer is cut, or loses every second
message: the delay of each change, and when all maps are correct again.

Changes are real holds, five per second. The live process reaches Redis through a proxy that is cut
(``benchmarks/tcp_proxy.py``); its other connections work.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from benchmarks import __main__ as bench
from benchmarks.machine import describe_computer
from benchmarks.tcp_proxy import TcpProxy, tcp_proxy
from benchmarks.viewers import Audience, Viewer
from ops.stores import ephemeral_stores

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "performance" / "live.md"
VIEWERS = 100
CHANGES_PER_SECOND = 5
BEFORE_SECONDS, AFTER_SECONDS = 3.0, 9.0


@dataclass(frozen=True)
class Outcome:
    name: str
    changes: int
    seen_quickly: float  # the share seen within half a second
    median_seconds: float
    latest_seconds: float
    wrong_at_the_end: int
    right_after_repair_seconds: float


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.losses", description=__doc__)
    parser.add_argument("--cut-seconds", type=float, default=30.0)
    parser.add_argument("--write-docs", action="store_true")
    arguments = parser.parse_args()
    with ephemeral_stores(durable=True) as environment:
        os.environ.update(environment)
        bench.prepare([])
        outcomes = list(_take(Path(environment["LAYAR_DATA"]) / "logs", arguments.cut_seconds))
    page = _document(outcomes, arguments.cut_seconds)
    print(page)
    if arguments.write_docs:
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(page)
    return int(any(outcome.wrong_at_the_end for outcome in outcomes))


def _take(logs: Path, seconds: float) -> Iterator[Outcome]:
    from django.conf import settings

    from benchmarks.fanout import PRODUCT, live_server

    url = urlsplit(settings.CHANNEL_LAYER_URL)
    faults: dict[str, Callable[[TcpProxy], None]] = {
        "nothing wrong": lambda proxy: None,
        "connection cut": TcpProxy.cut,
        "connection silent": TcpProxy.mute,
        "half of the messages lost": lambda proxy: proxy.lose(0.5),
    }
    for name, fault in faults.items():
        with tcp_proxy(url.port or 6379) as proxy:
            host = f"{url.netloc.rpartition(':')[0]}:{proxy.port}"
            os.environ["CHANNEL_LAYER_URL"] = urlunsplit(url._replace(netloc=host))
            with live_server(PRODUCT, logs) as (_pid, port):
                yield _one(name, port, proxy, fault, seconds)


def _one(
    name: str, port: int, proxy: TcpProxy, fault: Callable[[TcpProxy], None], seconds: float
) -> Outcome:
    from benchmarks import hall
    from seating.holds import transitions

    [showtime] = hall.open_hall(1)
    seats = hall.seats_of(showtime)
    made_at, late = dict[int, float](), list[float]()

    def record(viewer: Viewer, change: tuple[int, str, int]) -> None:
        seat_id, _status, version = change
        if version > viewer.map.get(seat_id, -1):
            if seat_id in made_at:
                late.append(time.monotonic() - made_at[seat_id])
            viewer.map[seat_id] = version

    def hold_next() -> None:
        seat_id = seats[len(made_at)]
        visitor = f"web:{uuid4()}"
        transitions.hold_seats(showtime_id=showtime.pk, visitor=visitor, seat_ids=[seat_id])
        made_at[seat_id] = time.monotonic()

    audience = Audience(port, f"/ws/showtimes/{showtime.pk}/seats/", record)
    audience.grow(VIEWERS)
    _break_in_the_middle(audience, hold_next, proxy, fault, seconds)
    expected = len(made_at) * VIEWERS
    right_after = _wait_for(audience, late, expected)
    versions = dict(showtime.seats.values_list("seat_id", "version"))
    wrong = sum(viewer.map != versions for viewer in audience.viewers.values())
    audience.close()
    return Outcome(
        name,
        len(made_at),
        round(sum(seconds < 0.5 for seconds in late) / expected, 3),
        round(median(late), 2),
        round(max(late), 2),
        wrong,
        round(right_after, 1),
    )


def _wait_for(audience: Audience, late: list[float], expected: int) -> float:
    """Seconds until every viewer has seen every change, at most AFTER_SECONDS."""
    began = time.monotonic()
    while len(late) < expected and time.monotonic() < began + AFTER_SECONDS:
        audience.watch(0.1, iter([]))
    return time.monotonic() - began


def _break_in_the_middle(
    audience: Audience,
    hold_next: Callable[[], None],
    proxy: TcpProxy,
    fault: Callable[[TcpProxy], None],
    seconds: float,
) -> None:
    """Hold seats at a steady rate; the fault starts after BEFORE_SECONDS and lasts ``seconds``."""
    end = BEFORE_SECONDS + seconds
    actions: list[tuple[float, Callable[[], Any]]] = [
        (number / CHANGES_PER_SECOND, hold_next) for number in range(int(CHANGES_PER_SECOND * end))
    ]
    actions += [(BEFORE_SECONDS, lambda: fault(proxy)), (end, proxy.repair)]
    audience.watch(end, iter(sorted(actions, key=lambda action: action[0])))
    proxy.repair()


def _document(outcomes: list[Outcome], seconds: float) -> str:
    lines = [
        "# Maps while the channel layer fails",
        "",
        "Written by `python -m benchmarks.losses --write-docs`:",
        f"{VIEWERS} open maps of one showtime, {CHANGES_PER_SECOND} holds a second, and for"
        f" {seconds:g} s a fault between",
        "the live process and Redis.",
        "The maps request nothing here: the room compares what it sent with the rows every five",
        "seconds and sends what was lost. The delay is from the hold's commit to a viewer's map.",
        "",
        "| Fault | changes | seen within 0.5 s | delay, median | delay, maximum"
        " | all maps correct after repair | maps wrong at the end |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {one.name} | {one.changes} | {one.seen_quickly:.0%} | {one.median_seconds:.2f} s"
            f" | {one.latest_seconds:.2f} s | {one.right_after_repair_seconds:.1f} s"
            f" | {one.wrong_at_the_end} |"
            for one in outcomes
        ),
        "",
        *(f"- {name}: {value}" for name, value in describe_computer().items()),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
