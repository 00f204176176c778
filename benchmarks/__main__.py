"""bin/bench: measures on ephemeral stores and compares the figures with their goals."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import document, results_file
from benchmarks.registry import BENCHES
from ops.stores import ephemeral_stores

if TYPE_CHECKING:
    from benchmarks.result import Result

NAMES = tuple(BENCHES)
RATE_LIMIT_FACTOR = 1_000_000  # one address sends the load of many customers


def main() -> int:
    arguments = _parser().parse_args()
    names = arguments.names or list(NAMES)
    with ephemeral_stores(durable=True) as environment:
        os.environ.update(environment)
        prepare(names)
        logs = Path(environment["LAYAR_DATA"]) / "logs"
        taken = {name: _take(name, logs, arguments.quick) for name in names}
        report = _report(taken, with_layers="holds" in names and not arguments.quick)
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")
    if arguments.write_docs:
        known = results_file.merge(report, list(NAMES))
        results_file.write(known)
        document.write(known)
    missed = [result.name for results in taken.values() for result in results if not result.met]
    if arguments.check and missed:
        print(f"under the goal: {', '.join(missed)}")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *NAMES], metavar="|".join(NAMES))
    parser.add_argument("--check", action="store_true", help="fail when a goal is missed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    parser.add_argument("--quick", action="store_true", help="a trial of the bench itself")
    parser.add_argument(
        "--write-docs", action="store_true", help="bring docs/performance.md up to these results"
    )
    return parser


def prepare(names: list[str]) -> None:
    """Migrate, collect static files and, if needed, load the demo chain."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "cinema_project.settings",
        "RATE_LIMIT_FACTOR": str(RATE_LIMIT_FACTOR),
        "SITE_URL": "http://127.0.0.1",
        "LOG_LEVEL": "WARNING",
    }
    os.environ["DATABASE_TIMEOUTS"] = "false"
    import django

    django.setup()
    del os.environ["DATABASE_TIMEOUTS"]  # the servers keep theirs
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if any(BENCHES[name].needs_demo for name in names):
        call_command("seed_demo")


def _take(name: str, logs: Path, quick: bool) -> list[Result]:
    from benchmarks.result import QUICK, WHOLE

    results = BENCHES[name].run(logs, QUICK if quick else WHOLE)
    for result in results:
        print(line(result), flush=True)
    return results


def line(result: Result) -> str:
    verdict = "met" if result.met else "MISSED"
    floor = f"floor {result.floor:>8,.4g}   ratio {result.ratio:.2f}   " if result.floor else ""
    sign = "≤" if result.is_at_most else "≥"
    facts = "".join(f"\n    {name}: {fact}" for name, fact in result.facts.items())
    failures = "".join(f"\n    FAILED: {failure}" for failure in result.failures)
    return (
        f"{result.name:<16}{result.value:>8,.4g} {result.unit:<12} {floor}"
        f"goal {sign} {result.goal:.2f}   {verdict}{facts}{failures}"
    )


def _report(taken: dict[str, list[Result]], *, with_layers: bool) -> dict[str, Any]:
    from benchmarks import layers
    from benchmarks.machine import describe_machine

    machine = describe_machine()
    measured = [asdict(layer) for layer in layers.measure()] if with_layers else []
    for layer in measured:
        print(f"{layer['name']:<20}{layer['processor_us']:>8,.0f} µs of a processor")
    return {
        "machine": machine,
        "benches": {
            name: {
                "taken": machine["taken"],
                "load": machine.get("load", ""),
                "meaning": BENCHES[name].meaning(),
                "results": [result.as_json() for result in results],
            }
            for name, results in taken.items()
        },
        "layers": measured,
    }


if __name__ == "__main__":
    sys.exit(main())
