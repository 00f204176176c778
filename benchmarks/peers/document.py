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
        "from two free seats to a paid booking with tickets and enqueued messages",
        "hold, booking, payment page opened at the sandbox bank, paid there, settled",
        "`bulk_create/`, then `POST …/orders/` (paid by hand at once, mail queued)",
    ),
    "seat map": (
        "the state of a hall's seats",
        "`GET /api/v1/showtimes/<id>/seats`, all 200 seats",
        "`GET …/seats/?page_size=50`, one page of 50, the maximum of its API",
    ),
}


def render(results: list[Result]) -> str:
    machine = describe_machine()
    rows = [_row(one) for one in results]
    work = [f"- **{name}**: {', '.join(_work(name))}" for name in MEANINGS]
    return "\n".join(
        [
            "## Comparison with another system",
            "",
            f"The same work on [pretix](https://pretix.eu) {VERSION}, the best-known open-source",
            "ticket shop with numbered seats, in one run of `bin/peers` on the same PostgreSQL",
            "and Redis, alternately. The ratio is the median of the rounds' own ratios.",
            "",
            "| work | Layar | pretix | ratio | goal | rounds |",
            "|---|---:|---:|---:|---:|---|",
            *rows,
            "",
            *work,
            "",
            "Conditions: both run on the same web server (granian), Layar as it is",
            "shipped, pretix with the processes that its own container starts"
            f" ({PROCESSES_PER_CORE} per core);",
            "both are used through their documented HTTP APIs over the same keep-alive connections",
            "by the same generator; both have halls of 200 seats. pretix has its sessions",
            "and cache in Redis and a task queue, no plug-ins, no seat distance, and an unlimited",
            "quota, so that it locks nothing but the seats; its orders call no bank and",
            "its requests are spread over all halls. It is a far more general product: shops,",
            "add-ons, invoices and taxes of many countries are part of every request there,",
            "and not of ours.",
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
