"""The table of mutations in docs/reliability.md, with the last result of each."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.mutants.catalogue import MUTATIONS
from tests.mutants.mutation import ROOT
from tests.mutants.runner import Result

DOCUMENT = ROOT / "docs" / "reliability.md"
RESULTS = ROOT / "docs" / "reliability" / "mutants.json"
HEADING = "## Mutations"


def write(results: Sequence[Result]) -> None:
    """Store ``results``, keeping those of other mutations, and rewrite the section."""
    with DOCUMENT.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several runs may share the work
        stored: dict[str, dict[str, str]] = (
            json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        )
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        stored |= {one.name: {"outcome": one.outcome.value, "taken": today} for one in results}
        stored = {one.name: stored[one.name] for one in MUTATIONS if one.name in stored}
        RESULTS.write_text(json.dumps(stored, indent=1) + "\n")
        head = DOCUMENT.read_text().partition(HEADING)[0].rstrip("\n")
        DOCUMENT.write_text(f"{head}\n\n{section()}")


def section() -> str:
    """The section as markdown; empty while no mutation was run."""
    if not RESULTS.exists():
        return ""
    stored = json.loads(RESULTS.read_text())
    caught = sum(one["outcome"] == "caught" for one in stored.values())
    lines = [
        HEADING,
        "",
        "Written by `bin/mutants --write-docs`. Each mutation changes one place of the source so"
        " that a documented property",
        "no longer holds; its tests must fail then, and pass without it. `--list` prints all,"
        " `--only NAME` runs",
        "those whose names start with it. The last result of each is kept here:"
        f" {caught} of {len(MUTATIONS)} caught.",
        "",
        "| Mutation | Property that it breaks | File | Result | Taken |",
        "|---|---|---|---|---|",
    ]
    for one in MUTATIONS:
        result = stored.get(one.name, {"outcome": "not run", "taken": ""})
        lines.append(
            f"| `{one.name}` | {one.promise} | `{one.file}` | {result['outcome']}"
            f" | {result['taken']} |"
        )
    return "\n".join(lines) + "\n"
