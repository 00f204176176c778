"""bin/faults: injects faults into a running Layar during sales and checks that nothing was lost."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults import table
from tests.faults.faults import FAULTS
from tests.faults.installation import Stores
from tests.faults.runs import in_own_process
from tests.faults.trial import SEEDS

SEEDS_MAX = 1000


def main() -> int:
    arguments = _parser().parse_args()
    if arguments.list:
        print("\n".join(f"{name:<18}{one.what}" for name, one in FAULTS.items()))
        return 0
    names = [name for name in arguments.names or FAULTS if _is_possible(name)]
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    began = time.monotonic()
    taken: list[dict[str, object]] = []
    with _folder(arguments.data) as data:
        for stores in Stores:
            chosen = [name for name in names if FAULTS[name].stores is stores]
            wanted = [(name, seed) for name in chosen for seed in seeds]
            if wanted:
                taken += in_own_process(data, wanted, began, stores)
    table.write_json(arguments.json, taken)
    if arguments.write_docs:
        table.write_docs(taken)
    print(f"{len(taken)} runs in {time.monotonic() - began:.0f} s", flush=True)
    is_whole = len(taken) == len(names) * len(seeds)
    return 0 if is_whole and not any(outcome["wrong"] for outcome in taken) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/faults", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *FAULTS], metavar="NAME")
    parser.add_argument("--list", action="store_true", help="the faults and what they do")
    parser.add_argument("--seeds", type=_few, default=SEEDS, help=f"runs of each fault ({SEEDS})")
    parser.add_argument("--first-seed", type=_few, default=1, help="to play a run again (1)")
    parser.add_argument("--data", type=Path, help="keep the installation in this folder")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the runs there")
    parser.add_argument(
        "--write-docs", action="store_true", help="bring docs/reliability.md up to these runs"
    )
    return parser


def _few(word: str) -> int:
    if not word.isdigit() or not 1 <= int(word) <= SEEDS_MAX:
        raise argparse.ArgumentTypeError(f"{word!r} is not a number from 1 to {SEEDS_MAX}")
    return int(word)


def _is_possible(name: str) -> bool:
    if FAULTS[name].needs_root and os.geteuid() != 0:
        print(f"{name} is left out: it needs root")
        return False
    return True


@contextmanager
def _folder(wanted: Path | None) -> Iterator[Path]:
    if wanted is not None:
        yield wanted.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="layar-faults-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "data"


if __name__ == "__main__":
    sys.exit(main())
