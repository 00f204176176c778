"""`bin/bench sale`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from benchmarks import hall
from benchmarks.checkout import offer_tickets
from benchmarks.load import NothingMeasured, percentile
from benchmarks.result import Effort, Result, Round, of_rounds
from benchmarks.sale import installation, journey, rounds
from benchmarks.sale.installation import Installation
from benchmarks.sale.journey import Wanted
from benchmarks.sale.rounds import CpuOfSale, Sale, Speed
from bookings.models import Booking, BookingStatus
from notifications.email import build_email
from notifications.models import Channel, Message, MessageStatus

GOAL = 0.40
ROUNDS_MAX = 3
HALLS = 20  # of 100 sales each
SALES_EACH, FLOOR_SALES_EACH, TRIAL_SALES_EACH = 60, 240, 6
SALES_TIMED = 40  # step by step, for the CPU time
SALES_TO_WARM = 20
MESSAGES_EACH = 2


def sale(logs: Path, effort: Effort) -> list[Result]:
    """A sale of two seats on the website, until its email and SMS are delivered, 16 at a time.

    Home, schedule, seat map page with its socket, two taps, checkout page, order, the bank,
    return, booking page and its copy for offline use, the bank's webhook; email with PDF and
    calendar entry through a local SMTP server, SMS through a local gateway. Web, live, worker and
    beat run as `bin/run` starts them; the bank, which is not Layar's, is a fake with negligible
    cost. Style sheets and scripts are in the browser's cache. The floor answers the same requests
    on the same servers by bare functions that read and write the same rows in as many
    transactions with plain psycopg, and sends the same email from prepared bytes.

    CPU times are those of 40 sales that do each step together, without the idle services' own.
    """
    offer_tickets()
    wanted = _wanted()
    with ExitStack() as running:
        messages = running.enter_context(installation.sinks(logs))
        product = running.enter_context(installation.product(logs, messages))
        template = _template(product, wanted, logs)
        floor = running.enter_context(installation.floor(logs, messages, **template))
        ours, least = (_taker(servers, wanted) for servers in (product, floor))
        sales_each, least_each, timed = SALES_EACH, FLOOR_SALES_EACH, SALES_TIMED
        if effort.is_trial:
            sales_each = least_each = timed = TRIAL_SALES_EACH
        for take in (ours, least):
            _fast(take(min(SALES_TO_WARM, sales_each)))
        cpu, least_cpu = (
            rounds.cpu_by_step(servers, take(timed), delivered)
            for servers, take in ((product, ours), (floor, least))
        )
        taken = []
        for _number in range(min(effort.rounds, ROUNDS_MAX)):
            slow, fast = _fast(least(least_each)), _fast(ours(sales_each))
            taken.append(_compared(fast, slow))
    return [of_rounds("sale", GOAL, taken, "sales/s", facts=_facts(cpu, least_cpu))]


def delivered() -> bool:
    return not Message.objects.filter(status=MessageStatus.WAITING).exists()


def _wanted() -> Iterator[Wanted]:
    """Pairs of neighbouring seats, each once. Raises NothingMeasured when they are used up."""
    for showtime in hall.open_hall(HALLS):
        seats = iter(hall.seats_of(showtime))
        for pair in zip(seats, seats, strict=True):
            yield Wanted(showtime.pk, pair)
    raise NothingMeasured("all seats are sold")


def _taker(servers: Installation, wanted: Iterator[Wanted]) -> Callable[[int], list[Sale]]:
    """Prepares sales of the next free seats."""
    return lambda count: [journey.sale(servers, each) for each in islice(wanted, count)]


def _fast(sales: list[Sale]) -> Speed:
    """Raises NothingMeasured unless every sale was confirmed and its messages delivered."""
    counted = _confirmed_and_sent()
    speed = rounds.as_fast_as_possible(sales, delivered)
    confirmed, sent = (now - then for now, then in zip(_confirmed_and_sent(), counted, strict=True))
    if (confirmed, sent) != (len(sales), len(sales) * MESSAGES_EACH):
        raise NothingMeasured(f"{len(sales)} sales: {confirmed} confirmed, {sent} messages")
    return speed


def _confirmed_and_sent() -> tuple[int, int]:
    return (
        Booking.objects.filter(status=BookingStatus.CONFIRMED).count(),
        Message.objects.filter(status=MessageStatus.SENT).count(),
    )


def _compared(ours: Speed, least: Speed) -> Round:
    return Round(
        value=round(ours.per_second, 2),
        floor=round(least.per_second, 2),
        p99_ms=round(percentile(ours.seconds_each, 99) * 1_000, 2),
        client_share=round(max(ours.client_share, least.client_share), 3),
    )


def _template(product: Installation, wanted: Iterator[Wanted], logs: Path) -> dict[str, str]:
    """The variables of the floor, from one sale of the product: rows, sizes of pages, email."""
    sizes: dict[str, int] = {}
    _fast([journey.sale(product, next(wanted), sizes)])
    booking = Booking.objects.latest("created_at")
    message = Message.objects.get(booking=booking, channel=Channel.EMAIL)
    email = logs / "floor-email.eml"
    email.write_bytes(build_email(message).message().as_bytes())
    return {
        "FLOOR_TEMPLATE": str(booking.pk),
        "FLOOR_PAGES": json.dumps(sizes),
        "FLOOR_EMAIL": str(email),
    }


def _facts(cpu: CpuOfSale, least: CpuOfSale) -> dict[str, str]:
    return {
        "CPU time of a sale": _parts(cpu.services),
        "by step": _parts({name: sum(each.values()) for name, each in cpu.steps.items()}),
        "by step and service": "; ".join(
            f"{step}: " + " ".join(f"{name} {ms:.1f}" for name, ms in each.items() if ms >= 0.05)
            for step, each in cpu.steps.items()
        ),
        "the floor's": _parts(least.services),
    }


def _parts(milliseconds: Mapping[str, float]) -> str:
    parts = ", ".join(f"{name} {ms:.1f}" for name, ms in milliseconds.items() if ms >= 0.05)
    return f"{sum(milliseconds.values()):.0f} ms: {parts}"
