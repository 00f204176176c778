"""docs/performance/results.json: the last results of each benchmark; each can be run alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "docs" / "performance" / "results.json"


def merge(report: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """The stored results with this run's, in the order of ``names`` (all benchmarks)."""
    stored: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    benches = stored.get("benches", {}) | report["benches"]
    return {
        "benches": {name: benches[name] for name in names if name in benches},
        "layers": report["layers"] or stored.get("layers", []),
        "machine": report["machine"],
    }


def write(known: dict[str, Any]) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(known, indent=1) + "\n")
