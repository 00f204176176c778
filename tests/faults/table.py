"""Results: one line per run, a JSON file, and docs/reliability.md."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.machine import describe_computer
from tests.faults.bystander import IN_TIME_SECONDS
from tests.faults.faults import FAULTS
from tests.faults.trial import MAPS_EACH, RECOVERED_SECONDS_MAX, SEEDS, SHOWTIMES
from tests.mutants import table as mutants

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENT = ROOT / "docs" / "reliability.md"
RESULTS = ROOT / "docs" / "reliability" / "results.json"
COUNTED = ("holds", "confirmed", "cancelled")
Run = dict[str, Any]


def line(run: Run) -> str:
    counts = " ".join(f"{name} {run['counts'].get(name, 0)}" for name in COUNTED)
    signs = ", ".join(f"{sign} {seconds:g}" for sign, seconds in run["recovered"].items())
    violations = "".join(f"\n    WRONG {one}" for one in run["wrong"])
    return (
        f"{run['fault']:<17} seed {run['seed']:<4} {'WRONG' if run['wrong'] else 'right'}"
        f"  {run['took_seconds']:5.1f} s | {counts} | failed requests"
        f" {sum(run['failures'].values())} | recovered: {signs}{violations}"
    )


def write_json(path: Path | None, runs: list[Run]) -> None:
    if path is not None:
        path.write_text(json.dumps({"machine": describe_computer(), "runs": runs}, indent=1) + "\n")


def write_docs(runs: list[Run]) -> None:
    """Keeps the last runs of the other faults, so that one fault can be run alone."""
    stored: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in {run["fault"] for run in runs}:
        stored[name] = {
            "taken": f"{datetime.now(UTC):%Y-%m-%d}",
            "machine": describe_computer(),
            "runs": [run for run in runs if run["fault"] == name],
        }
    stored = {name: stored[name] for name in FAULTS if name in stored}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(stored, indent=1) + "\n")
    DOCUMENT.write_text(f"{_document(stored)}\n{mutants.section()}")


def _document(stored: dict[str, Any]) -> str:
    return "\n".join([*_method(), "", *_table(stored), "", *_totals(stored), "", *_limits()]) + "\n"


def _method() -> list[str]:
    return [
        "# Reliability under faults",
        "",
        "Written by `bin/faults --write-docs`; the runs are in"
        " [results.json](reliability/results.json). `bin/faults` runs each fault",
        f"{SEEDS} times, `bin/faults kill-web --seeds 5` one fault 5 times; `--first-seed N`"
        f" repeats"
        " the random choices of a run,",
        "`--list` prints the faults. The last runs of a fault are kept here until it is run again.",
        "",
        "Each run starts Layar as `bin/run` does, with durable stores. Customers hold, pay,"
        " are declined, pay twice, abandon",
        f"and cancel in {SHOWTIMES} halls under {SHOWTIMES * MAPS_EACH} open maps, with holds of"
        " seconds instead of minutes; the fault is injected",
        "meanwhile. Customers retry when they get no response, and record every response. Then:",
        "",
        "- every invariant holds (`check_invariants`);",
        "- every charge that the bank reports as paid belongs to a confirmed booking, or is due"
        " back in"
        " full; no refund exceeds it;",
        "- every hold and booking confirmed to a customer is in the database, every confirmed"
        " booking"
        " still has its seats, every cancellation is final;",
        f"- within {RECOVERED_SECONDS_MAX:g} s of the fault's end `/readyz` succeeds, a new"
        f" customer"
        " has tickets and their message,",
        "  an abandoned hold is swept, nothing is overdue, every payment has its effect, and every"
        " open map and the API",
        "  match the database;",
        f"- while a store hangs, is silent, full or read-only, pages that need no store answer"
        f" within {IN_TIME_SECONDS:g} s.",
        "",
        "*Ready* and *new tickets* are measured from the fault's end (for a permanent fault: from"
        f" its first effect). *All right* is measured the same way and includes the {_after()} s"
        f" for"
        " which customers continue, and the time in which they finish.",
    ]


def _after() -> str:
    from tests.faults.trial import AFTER_SECONDS

    return f"{AFTER_SECONDS:g}"


def _table(stored: dict[str, Any]) -> list[str]:
    rows = [
        "| Fault | description | taken | load | customers, hold s | runs | passed | ready s"
        " | new tickets s | all right s | failed requests |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, known in stored.items():
        runs = known["runs"]
        well = sum(not run["wrong"] for run in runs)
        rows.append(
            f"| `{name}` | {FAULTS[name].what} | {known['taken']}"
            f" | {known['machine']['load'].partition(' ')[0]} | {runs[-1]['customers']},"
            f" {runs[-1]['hold_seconds']} | {len(runs)} | {well} | {_times(runs, 'ready')}"
            f" | {_times(runs, 'new booking')} | {_worst(runs)}"
            f" | {sum(sum(run['failures'].values()) for run in runs)} |"
        )
    rows += [
        "",
        "Times are median / worst of the runs. *Load* is the machine's over 15 minutes; times of"
        " different loads",
        "cannot be compared.",
    ]
    missing = ", ".join(f"`{name}`" for name in FAULTS if name not in stored)
    return [*rows, "", f"Not run yet: {missing}."] if missing else rows


def _times(runs: list[Run], sign: str) -> str:
    return _both([run["recovered"][sign] for run in runs if sign in run["recovered"]])


def _worst(runs: list[Run]) -> str:
    return _both([max(run["recovered"].values()) for run in runs if run["recovered"]])


def _both(seconds: list[float]) -> str:
    return f"{median(seconds):.1f} / {max(seconds):.1f}" if seconds else "never"


def _totals(stored: dict[str, Any]) -> list[str]:
    runs = [run for known in stored.values() for run in known["runs"]]
    total: Counter[str] = Counter()
    for run in runs:
        total.update(run["counts"])
    wrong = sum(bool(run["wrong"]) for run in runs)
    return [
        f"{len(runs)} runs of {sum(run['took_seconds'] for run in runs) / 60:.0f} minutes in total,"
        f" {wrong} of them with violations: {total['holds']:,} holds,"
        f" {total['orders']:,} bookings, {total['paid']:,} paid, {total['confirmed']:,} confirmed"
        f" to"
        f" their buyers, {total['cancelled']:,} cancelled.",
        "",
        *(f"- {name}: {value}" for name, value in _machine(stored).items()),
    ]


def _machine(stored: dict[str, Any]) -> dict[str, str]:
    last: dict[str, str] = max(stored.values(), key=lambda known: str(known["taken"]))["machine"]
    return last


def _limits() -> list[str]:
    return [
        "## Not covered",
        "- Power failure: `kill -9` does not lose the kernel's buffers. PostgreSQL"
        " commits with fsync; Valkey may lose its last second, which holds no authoritative data.",
        "- Corrupting disks. `tests/cluster` kills servers behind nginx.",
        "- A failover while the old primary still runs, cut off: see fencing in"
        " [deployment.md](deployment.md#failover-of-postgresql).",
        "- Clocks that jump while a process runs; here they are wrong from the process's start.",
    ]
