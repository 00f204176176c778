"""bin/mutants: applies each mutation to a copy of the tree and checks that its tests fail."""

from __future__ import annotations

import argparse
import sys
import time

from tests.mutants import table
from tests.mutants.catalogue import MUTATIONS
from tests.mutants.runner import (
    ControlFailed,
    Outcome,
    Result,
    check_control,
    run,
    tree_and_stores,
)


def main() -> int:
    arguments = _parser().parse_args()
    chosen = [
        one for one in MUTATIONS if not arguments.only or one.name.startswith(tuple(arguments.only))
    ]
    if arguments.list:
        print("\n".join(f"{one.name:<40}{one.promise}" for one in chosen))
        return 0
    problems = [problem for one in chosen for problem in one.problems()]
    if problems or not chosen:
        print("\n".join(problems) or "no such mutation")
        return 2
    began = time.monotonic()
    results: list[Result] = []
    with tree_and_stores() as (tree, environment):
        try:
            check_control(chosen, tree, environment)
        except ControlFailed as failure:
            print(f"the tests fail without a mutation:\n{failure}")
            return 2
        print(f"control passed after {time.monotonic() - began:.0f} s", flush=True)
        for number, mutation in enumerate(chosen, start=1):
            result = run(mutation, tree, environment)
            results.append(result)
            if arguments.write_docs:
                table.write([result])
            print(f"[{number:>2}/{len(chosen)}] {_line(result)}", flush=True)
    missed = [one for one in results if one.outcome != Outcome.CAUGHT]
    for one in missed:
        print(f"\n{one.outcome}: {one.name}\n{one.output}")
    print(
        f"{len(results) - len(missed)} of {len(results)} caught in {time.monotonic() - began:.0f} s"
    )
    return 1 if missed else 0


def _line(result: Result) -> str:
    return f"{result.outcome:<9}{result.seconds:6.1f} s  {result.name}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/mutants", description=__doc__)
    parser.add_argument("--list", action="store_true", help="name the mutations and their promises")
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="mutations whose names begin like this"
    )
    parser.add_argument(
        "--write-docs", action="store_true", help="update the table in docs/reliability.md"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
