"""A complete booking: from the hold to the tickets."""

from __future__ import annotations

import hashlib
import hmac
import random
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import orjson
from django.conf import settings

from benchmarks import conversations, hall, load, servers
from benchmarks.conversations import Conversation, ConversationLoad
from benchmarks.load import Load, percentile
from benchmarks.measures import SEATS_PER_HOLD, SEED, hold_requests
from benchmarks.result import Effort, Result, Round, WrongAnswers, checked, of_rounds
from bookings.models import Booking, BookingStatus, TicketType
from notifications.models import Message

GOAL = 0.12
ROUNDS_MAX = 3
HALLS, TRIAL_HALLS = 4, 1  # of 100 orders each
FLOOR_HALLS = 10
CONNECTIONS = 16
CONTACT = {"name": "Siti Rahma", "email": "siti@example.com"}
SANDBOX_WEBHOOK = "/webhooks/sandbox/"


def checkout(logs: Path, effort: Effort) -> list[Result]:
    """Hold → booking → payment page → the bank's webhook → confirmed, over the API, 16 at a time.

    Four requests per booking; two of them call the bank, a fake with negligible cost. The
    tickets are issued and the message rows written; workers send them later. Its floor
    is the floor of `holds`: the goal is bookings per hold of that floor. It fails if a
    booking is not confirmed or no message is enqueued.
    """
    offer_tickets()
    free_halls = hall.open_hall(FLOOR_HALLS)
    seats = {showtime.pk: hall.seats_of(showtime) for showtime in free_halls}
    chance = random.Random(SEED)
    halls = TRIAL_HALLS if effort.is_trial else HALLS
    rounds, failures = [], list[str]()
    with ExitStack() as running:
        bank = running.enter_context(servers.web_server(servers.BANK, logs))
        floor = running.enter_context(servers.web_server(servers.FLOOR_HOLD, logs))
        product = running.enter_context(
            servers.web_server(
                servers.PRODUCT,
                logs,
                SANDBOX_ENABLED="true",
                SANDBOX_API_URL=f"http://127.0.0.1:{bank}/api",
            )
        )
        checked("holds", load.run(floor, iter(hold_requests(seats, chance))))
        orders(product, TRIAL_HALLS)  # warm
        for _number in range(min(effort.rounds, ROUNDS_MAX)):
            hall.reopen(free_halls)
            least = checked("holds", load.run(floor, iter(hold_requests(seats, chance))))
            confirmed, messages = _confirmed(), Message.objects.count()
            ours = orders(product, halls)
            confirmed, messages = _confirmed() - confirmed, Message.objects.count() - messages
            if confirmed != len(ours.seconds_each) or messages < confirmed:
                failures.append(f"{confirmed} confirmed and {messages} messages")
            rounds.append(compared(ours, least))
    return [of_rounds("checkout", GOAL, rounds, "bookings/s", failures=failures)]


def compared(ours: ConversationLoad, least: Load | ConversationLoad) -> Round:
    """A round of conversations with its floor."""
    return Round(
        value=round(ours.per_second, 1),
        floor=round(least.per_second, 1),
        p99_ms=round(percentile(ours.seconds_each, 99) * 1_000, 2),
        client_share=round(max(ours.client_share, least.client_share), 3),
    )


def offer_tickets() -> None:
    TicketType.objects.get_or_create(
        code="adult",
        defaults={"name_id": "Umum", "name_en": "Adult", "price_percent": 100, "is_offered": True},
    )


def _confirmed() -> int:
    return Booking.objects.filter(status=BookingStatus.CONFIRMED).count()


def orders(port: int, halls: int) -> ConversationLoad:
    showtimes = hall.open_hall(halls)
    pairs = (
        (showtime.pk, seats[at : at + SEATS_PER_HOLD])
        for showtime in showtimes
        for seats in [hall.seats_of(showtime)]
        for at in range(0, len(seats), SEATS_PER_HOLD)
    )
    return conversations.run(port, _buyers(pairs), CONNECTIONS)


def _buyers(pairs: Iterator[tuple[int, list[int]]]) -> Iterator[Conversation]:
    for showtime_id, seat_ids in pairs:
        yield buyer(showtime_id, seat_ids)


def buyer(showtime_id: int, seat_ids: list[int]) -> Conversation:
    visitor = uuid.uuid4().hex
    held = _made((yield _post(f"showtimes/{showtime_id}/holds", {"seats": seat_ids}, visitor)))
    order = {
        "hold": held["id"],
        "tickets": [{"seat": seat_id, "ticket_type": "adult"} for seat_id in seat_ids],
        "contact": CONTACT,
    }
    booking = _made((yield _post("bookings", order, visitor)))
    payment = _made(
        (
            yield _post(
                f"bookings/{booking['code']}/payments",
                {"provider": "sandbox"},
                visitor,
                booking["access_token"],
            )
        )
    )
    status, body = yield _webhook(payment["reference"])
    if status != 200:
        raise WrongAnswers(f"webhook: {status} {body[:300]!r}")


def _post(path: str, document: object, visitor: str, token: str = "") -> bytes:
    headers = {"X_Visitor": visitor} | ({"X_Booking_Token": token} if token else {})
    return load.request("POST", f"/api/v1/{path}", orjson.dumps(document), **headers)


def _made(answer: tuple[int, bytes]) -> dict[str, str]:
    status, body = answer
    if status != 201:
        raise WrongAnswers(f"{status} {body[:300]!r}")
    made: dict[str, str] = orjson.loads(body)
    return made


def _webhook(reference: str) -> bytes:
    """A webhook signed as by the sandbox bank."""
    body = orjson.dumps({"event_id": uuid.uuid4().hex, "reference": reference})
    at = str(int(time.time()))
    secret = settings.SANDBOX_WEBHOOK_SECRET.encode()
    mac = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return load.request(
        "POST",
        SANDBOX_WEBHOOK,
        body,
        Sandbox_Timestamp=at,
        Sandbox_Signature=f"v1={mac}",
    )
