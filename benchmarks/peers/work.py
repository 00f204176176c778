"""The operations that both systems perform, as requests."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from benchmarks import checkout, conversations, hall, load, servers
from benchmarks.conversations import Conversation
from benchmarks.load import Load, NothingMeasured
from benchmarks.measures import SEATS_PER_HOLD, hold_requests
from benchmarks.peers.pretix import Peer, serving
from benchmarks.result import Result, WrongAnswers, measure, of_rounds

SEED = 26
SEATS_PER_PAGE = 50  # maximum of pretix' API per response


@dataclass(frozen=True)
class Effort:
    rounds: int = 5
    events: int = 40  # pretix' halls of 200 seats; each seat is taken once in a run
    peer_seconds: float = 10.0
    peer_orders: int = 150
    booking_halls: int = 4
    hold_showtimes: int = 30
    read_seconds: float = 3.0


WHOLE = Effort()
QUICK = Effort(
    rounds=1,
    events=6,
    peer_seconds=2.0,
    peer_orders=20,
    booking_halls=1,
    hold_showtimes=3,
    read_seconds=0.5,
)


def compare(peer: Peer, logs: Path, effort: Effort, running: ExitStack) -> list[Result]:
    """Holds, bookings and seat maps of both, alternating. Raises WrongAnswers."""
    ours = _product(logs, running)
    checkout.offer_tickets()
    theirs = running.enter_context(serving(peer, logs))
    showtimes = hall.open_hall(effort.hold_showtimes)
    chance = random.Random(SEED)
    seats = {showtime.pk: hall.seats_of(showtime) for showtime in showtimes}
    pairs = _pairs(peer)

    def holds() -> Load:
        hall.reopen(showtimes)
        return load.run(ours, iter(hold_requests(seats, chance)))

    def carts() -> Load:
        taken = load.run(theirs, (_cart(peer, *pair) for pair in pairs), effort.peer_seconds)
        if b'"success":false' in taken.last_body:
            raise WrongAnswers(f"a cart was refused: {taken.last_body[:300]!r}")
        return taken

    def reading(port: int, message: bytes, seconds: float) -> Callable[[], Load]:
        return lambda: load.run(port, itertools.repeat(message), seconds)

    map_path = f"/api/v1/showtimes/{showtimes[0].pk}/seats"
    their_map = _get(peer, f"/events/{peer.events[0]['slug']}/seats/?page_size={SEATS_PER_PAGE}")
    return [
        measure("holds", 25, holds, carts, effort.rounds, "holds/s"),
        _bookings(ours, theirs, peer, pairs, effort),
        measure(
            "seat map",
            40,
            reading(ours, load.request("GET", map_path), effort.read_seconds),
            reading(theirs, their_map, effort.peer_seconds),
            effort.rounds,
        ),
    ]


def _product(logs: Path, running: ExitStack) -> int:
    """The port of our web server, with a fake bank."""
    bank = running.enter_context(servers.web_server(servers.BANK, logs))
    return running.enter_context(
        servers.web_server(
            servers.PRODUCT,
            logs,
            SANDBOX_ENABLED="true",
            SANDBOX_API_URL=f"http://127.0.0.1:{bank}/api",
        )
    )


def _pairs(peer: Peer) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Every pair of adjacent seats of every hall, once, alternating between halls, so that none
    has contention."""
    for at in range(0, len(peer.seats), SEATS_PER_HOLD):
        for event in peer.events:
            yield event, peer.seats[at : at + SEATS_PER_HOLD]


def _cart(peer: Peer, event: dict[str, Any], seats: list[str]) -> bytes:
    cart = f"{uuid4().hex}@api"
    positions = [
        {"cart_id": cart, "item": event["item"], "price": "50000.00", "seat": seat}
        for seat in seats
    ]
    return _post(peer, f"/events/{event['slug']}/cartpositions/bulk_create/", positions)


def _bookings(
    ours: int,
    theirs: int,
    peer: Peer,
    pairs: Iterator[tuple[dict[str, Any], list[str]]],
    effort: Effort,
) -> Result:
    """Paid bookings per second, from free seats; the same connections for both."""
    rounds = []
    checkout.orders(ours, 1)  # warm
    for _number in range(effort.rounds):
        least = conversations.run(
            theirs,
            (_buyer(peer, *pair) for pair in itertools.islice(pairs, effort.peer_orders)),
            checkout.CONNECTIONS,
        )
        if len(least.seconds_each) < effort.peer_orders:
            raise NothingMeasured(f"free seats for only {len(least.seconds_each)} peer orders")
        most = checkout.orders(ours, effort.booking_halls)
        rounds.append(checkout.compared(most, least))
    return of_rounds("bookings", 10, rounds, "bookings/s")


def _buyer(peer: Peer, event: dict[str, Any], seats: list[str]) -> Conversation:
    """Reserve two seats, then order them as paid manually, without a bank."""
    status, body = yield _cart(peer, event, seats)
    results = orjson.loads(body)["results"] if status == 200 else []
    if not results or not all(one["success"] for one in results):
        raise WrongAnswers(f"cart: {status} {body[:300]!r}")
    status, body = yield _order(peer, event, seats, results[0]["data"]["cart_id"])
    if status != 201:
        raise WrongAnswers(f"order: {status} {body[:300]!r}")


def _order(peer: Peer, event: dict[str, Any], seats: list[str], cart: str) -> bytes:
    order = {
        "email": "buyer@example.org",
        "locale": "en",
        "status": "p",
        "payment_provider": "manual",
        "send_email": True,
        "consume_carts": [cart],
        "positions": [
            {
                "positionid": number,
                "item": event["item"],
                "price": "50000.00",
                "seat": seat,
                "attendee_name_parts": {"_scheme": "full", "full_name": "Buyer"},
            }
            for number, seat in enumerate(seats, start=1)
        ],
    }
    return _post(peer, f"/events/{event['slug']}/orders/", order)


def _post(peer: Peer, path: str, document: Any) -> bytes:
    return load.request(
        "POST",
        f"/api/v1/organizers/ukur{path}",
        orjson.dumps(document),
        Authorization=f"Token {peer.token}",
    )


def _get(peer: Peer, path: str) -> bytes:
    return load.request(
        "GET", f"/api/v1/organizers/ukur{path}", b"", Authorization=f"Token {peer.token}"
    )
