"""A complete booking: from the hold to the tickets."""

from __future__ import annotations

import hashlib
import hmac
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
from benchmarks.measures import SEATS_PER_HOLD
from benchmarks.result import Effort, Result, Round, WrongAnswers, of_rounds
from bookings.models import Booking, BookingStatus, TicketType
from notifications.models import Message

GOAL = 0.50
ROUNDS_MAX = 3
HALLS, TRIAL_HALLS = 3, 1  # of 100 orders each
FLOOR_HALLS = 6
CONNECTIONS = 16
CONTACT = {"name": "Siti Rahma", "email": "siti@example.com"}
SANDBOX_WEBHOOK = "/webhooks/sandbox/"


def checkout(logs: Path, effort: Effort) -> list[Result]:
    """Hold → booking → payment page → the bank's webhook → confirmed, over the API, 16 at a time.

    Four requests per booking; two of them call the bank, a fake with negligible cost. The
    tickets are issued and the message rows written; no worker runs. Its floor answers the same four
    requests by bare functions that read and write the rows of an order in as many transactions
    with plain psycopg, and call the same bank. Until December 2026 the floor was that of `holds`:
    one transaction of one request, which no order could come near. It fails if a booking is not
    confirmed or no message is enqueued.
    """
    offer_tickets()
    halls, floor_halls = (TRIAL_HALLS,) * 2 if effort.is_trial else (HALLS, FLOOR_HALLS)
    rounds, failures = [], list[str]()
    with ExitStack() as running:
        bank = running.enter_context(servers.web_server(servers.BANK, logs))
        bank_api = f"http://127.0.0.1:{bank}/api"
        environment = {"SANDBOX_ENABLED": "true", "SANDBOX_API_URL": bank_api}
        product = running.enter_context(servers.web_server(servers.PRODUCT, logs, **environment))
        orders(product, TRIAL_HALLS)  # warm
        template = Booking.objects.filter(status=BookingStatus.CONFIRMED).latest("created_at")
        environment = {"FLOOR_BANK": bank_api, "FLOOR_TEMPLATE": str(template.pk)}
        floor = running.enter_context(servers.web_server(servers.FLOOR_ORDER, logs, **environment))
        orders(floor, TRIAL_HALLS)
        for _number in range(min(effort.rounds, ROUNDS_MAX)):
            least, failed = _counted(floor, floor_halls)
            failures += failed
            ours, failed = _counted(product, halls)
            failures += failed
            rounds.append(compared(ours, least))
    return [of_rounds("checkout", GOAL, rounds, "bookings/s", failures=failures)]


def _counted(port: int, halls: int) -> tuple[ConversationLoad, list[str]]:
    """The load, and what is missing of its confirmed bookings and their messages."""
    confirmed, messages = _confirmed(), Message.objects.count()
    load = orders(port, halls)
    confirmed, messages = _confirmed() - confirmed, Message.objects.count() - messages
    if confirmed == len(load.seconds_each) <= messages:
        return load, []
    return load, [f"{confirmed} confirmed and {messages} messages"]


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
