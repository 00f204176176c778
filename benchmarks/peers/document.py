"""Writes docs/performance/peers.md from one run's results."""

from __future__ import annotations

from benchmarks.machine import describe_machine
from benchmarks.peers.pretix import PROCESSES_PER_CORE, VERSION
from benchmarks.result import Result

MEANINGS = {
    "holds": (
        "two numbered seats reserved for one buyer",
        "`POST /api/v1/showtimes/<id>/holds`",
        "`POST …/cartpositions/bulk_create/`",
    ),
    "bookings": (
        "from two free seats to a paid order with tickets and its messages owed",
        "hold, order, payment page opened at the sandbox bank, paid there, settled",
        "`bulk_create/`, then `POST …/orders/` (paid by hand at once, mail queued)",
    ),
    "seat map": (
        "the state of a hall's seats",
        "`GET /api/v1/showtimes/<id>/seats`, all 200 seats",
        "`GET …/seats/?page_size=50`, one page of 50: its API gives no more at once",
    ),
}


def render(results: list[Result]) -> str:
    machine = describe_machine()
    rows = [_row(one) for one in results]
    work = [f"- **{name}**: {', '.join(_work(name))}" for name in MEANINGS]
    return "\n".join(
        [
            "## Beside another system",
            "",
            f"The same work on [pretix](https://pretix.eu) {VERSION}, the best known open ticket",
            "shop with numbered seats, in one run of `bin/peers` on the same PostgreSQL and Redis,",
            "in turns. The ratio is the median of the rounds' own ratios.",
            "",
            "| work | Layar | pretix | times as many | goal | rounds |",
            "|---|---:|---:|---:|---:|---|",
            *rows,
            "",
            *work,
            "",
            "How it was made fair: both run on the same web server (granian), Layar as it is",
            "shipped, pretix with the processes that its own container starts"
            f" ({PROCESSES_PER_CORE} a core);",
            "both are asked through their documented HTTP APIs over the same kept connections by",
            "the same generator; both have halls of 200 seats. pretix has its sessions",
            "and cache in Redis and a task queue, no plug-ins, no seat distance, and a quota",
            "without a limit, so that it takes no lock but the seats'; its orders ask no bank and",
            "its requests go round all halls in turns. It is a far wider product: shops, add-ons,",
            "invoices and taxes of many countries are in the way of its every request, and none of",
            "that is in ours.",
            "",
            f"Taken {machine['taken']} on {machine['processor']}.",
            "",
        ]
    )


def _row(result: Result) -> str:
    verdict = "" if result.met else " (not met)"
    rounds = " · ".join(f"{one.ratio:.0f}" for one in result.rounds)
    return (
        f"| {result.name} | {result.value:,.0f}/s | {result.floor:,.0f}/s |"
        f" **{result.ratio:.0f}×** | {result.goal:.0f}×{verdict} | {rounds} |"
    )


def _work(name: str) -> list[str]:
    meaning, ours, theirs = MEANINGS[name]
    return [meaning + f"; Layar: {ours}; pretix: {theirs}"]
