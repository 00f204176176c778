"""docs/performance/results.json: the last results of each bench, so that one may be taken alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "docs" / "performance" / "results.json"


def merge(report: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """All that is known after this run, in the order of ``names`` (every bench there is)."""
    kept: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    benches = kept.get("benches", {}) | report["benches"]
    return {
        "benches": {name: benches[name] for name in names if name in benches},
        "layers": report["layers"] or kept.get("layers", []),
        "machine": report["machine"],
    }


def keep(known: dict[str, Any]) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(known, indent=1) + "\n")
