"""Results: one line per run, a JSON file, and docs/reliability.md."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.machine import describe_computer
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
    told = "".join(f"\n    WRONG {one}" for one in run["wrong"])
    return (
        f"{run['fault']:<17} seed {run['seed']:<4} {'WRONG' if run['wrong'] else 'right'}"
        f"  {run['took_seconds']:5.1f} s | {counts} | failed answers"
        f" {sum(run['failures'].values())} | recovered: {signs}{told}"
    )


def write_json(path: Path | None, runs: list[Run]) -> None:
    if path is not None:
        path.write_text(json.dumps({"machine": describe_computer(), "runs": runs}, indent=1) + "\n")


def write_docs(runs: list[Run]) -> None:
    """Keeps the last runs of the other faults, so that one fault can be run alone."""
    kept: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in {run["fault"] for run in runs}:
        kept[name] = {
            "taken": f"{datetime.now(UTC):%Y-%m-%d}",
            "machine": describe_computer(),
            "runs": [run for run in runs if run["fault"] == name],
        }
    kept = {name: kept[name] for name in FAULTS if name in kept}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n")
    DOCUMENT.write_text(f"{_document(kept)}\n{mutants.section()}")


def _document(kept: dict[str, Any]) -> str:
    return "\n".join([*_method(), "", *_table(kept), "", *_totals(kept), "", *_limits()]) + "\n"


def _method() -> list[str]:
    return [
        "# What breaks, and what is left",
        "",
        "Written by `bin/faults --write-docs`; the runs are in"
        " [results.json](reliability/results.json). `bin/faults` takes each fault",
        f"{SEEDS} times, `bin/faults kill-web --seeds 5` one 5 times; `--first-seed N` plays a"
        " run's choices again,",
        "`--list` names the faults. A fault's last runs are kept here until it is taken again.",
        "",
        "Each run: Layar as `bin/run` starts it, on stores that write to disk. Customers hold, pay,"
        " are declined, pay twice, forget",
        f"and cancel in {SHOWTIMES} halls under {SHOWTIMES * MAPS_EACH} open maps, with holds of"
        " seconds instead of minutes; in their midst",
        "the fault. They ask again when they get no answer, and write every answer down. Then:",
        "",
        "- every invariant holds (`check_invariants`);",
        "- every charge that the bank calls paid belongs to a confirmed order, or all of it is due"
        " back; never more went back;",
        "- every hold and order that somebody was told of is in the rows, every confirmation still"
        " has its seats, every cancellation stands;",
        f"- within {RECOVERED_SECONDS_MAX:g} s of the fault's end `/readyz` is well, a new customer"
        " has tickets and their message,",
        "  a forgotten hold is swept, nothing is overdue, no money is without effect, and every"
        " open map and the API",
        "  show what the rows say.",
        "",
        "*Ready* and *new tickets* count from the fault's end (where it lasts all the time: from"
        f" when it had its effect). *All right* counts the same way, with the {_after()} s for"
        " which customers go on, and the time in which they finish.",
    ]


def _after() -> str:
    from tests.faults.trial import AFTER_SECONDS

    return f"{AFTER_SECONDS:g}"


def _table(kept: dict[str, Any]) -> list[str]:
    rows = [
        "| Fault | what was done | customers, hold s | runs | ended well | ready s | new tickets s"
        " | all right s | failed answers |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, known in kept.items():
        runs = known["runs"]
        well = sum(not run["wrong"] for run in runs)
        rows.append(
            f"| `{name}` | {FAULTS[name].what} | {runs[-1]['customers']},"
            f" {runs[-1]['hold_seconds']} | {len(runs)} | {well} | {_times(runs, 'ready')}"
            f" | {_times(runs, 'new booking')} | {_worst(runs)}"
            f" | {sum(sum(run['failures'].values()) for run in runs)} |"
        )
    rows += ["", "Times are median / worst of the runs."]
    missing = ", ".join(f"`{name}`" for name in FAULTS if name not in kept)
    return [*rows, "", f"Not taken yet: {missing}."] if missing else rows


def _times(runs: list[Run], sign: str) -> str:
    return _both([run["recovered"][sign] for run in runs if sign in run["recovered"]])


def _worst(runs: list[Run]) -> str:
    return _both([max(run["recovered"].values()) for run in runs if run["recovered"]])


def _both(seconds: list[float]) -> str:
    return f"{median(seconds):.1f} / {max(seconds):.1f}" if seconds else "never"


def _totals(kept: dict[str, Any]) -> list[str]:
    runs = [run for known in kept.values() for run in known["runs"]]
    total: Counter[str] = Counter()
    for run in runs:
        total.update(run["counts"])
    wrong = sum(bool(run["wrong"]) for run in runs)
    return [
        f"{len(runs)} runs of {sum(run['took_seconds'] for run in runs) / 60:.0f} minutes together,"
        f" {wrong} of them with something wrong: {total['holds']:,} holds,"
        f" {total['orders']:,} orders, {total['paid']:,} paid, {total['confirmed']:,} confirmed to"
        f" their buyers, {total['cancelled']:,} cancelled.",
        "",
        *(f"- {name}: {value}" for name, value in _machine(kept).items()),
    ]


def _machine(kept: dict[str, Any]) -> dict[str, str]:
    last: dict[str, str] = max(kept.values(), key=lambda known: str(known["taken"]))["machine"]
    return last


def _limits() -> list[str]:
    return [
        "## What this does not show",
        "- A machine that loses power: `kill -9` leaves the system's own buffers whole. PostgreSQL"
        " commits with fsync; Valkey may lose its last second, of which nothing is truth.",
        "- A disk that lies, a network between servers that splits: one machine has neither."
        " `tests/cluster` kills servers behind nginx.",
        "- A clock that jumps while a process runs; here it is wrong from the process's start.",
    ]
