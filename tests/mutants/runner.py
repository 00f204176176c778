"""Runs the named tests against each mutation, in a temporary copy of the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ops.stores import ephemeral_stores
from tests.mutants.mutation import ROOT, Mutation, write_source
from tests.mutants.preloaded import TestsHung, preload, run_pytest

TESTS_SECONDS_MAX = 600
OUTPUT_CHARACTERS = 4_000
TESTS_FAILED = 1  # pytest's exit status
# The database is made once and reused, since no mutation changes a migration.
PYTEST = ("-x", "-q", "--reuse-db", "-p", "no:cacheprovider", "--no-header")


class Outcome(StrEnum):
    CAUGHT = "caught"
    SURVIVED = "survived"
    INVALID = "invalid"  # the tests did not run at all


@dataclass(frozen=True)
class Result:
    name: str
    outcome: Outcome
    seconds: float
    output: str = ""


class ControlFailed(Exception):
    """The named tests fail without any mutation."""


@contextmanager
def tree_and_stores() -> Iterator[tuple[Path, dict[str, str]]]:
    """A copy of the working tree without ignored files, and the environment of fresh stores."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.check_output(command, cwd=ROOT, text=True).split("\0")
    with tempfile.TemporaryDirectory(prefix="layar-mutants-") as folder:
        tree = Path(folder)
        for name in names:
            if (ROOT / name).is_file():
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, tree / name)
        with ephemeral_stores() as stores:
            os.environ.update(stores)
            preload(tree)
            yield tree, stores


def check_control(mutations: Sequence[Mutation], tree: Path, environment: dict[str, str]) -> None:
    """Run the tests of all ``mutations`` unchanged. Raises ControlFailed."""
    tests = sorted({test for one in mutations for test in one.tests})
    status, output = _pytest(tests, tree, environment)
    if status:
        raise ControlFailed(output)


def run(mutation: Mutation, tree: Path, environment: dict[str, str]) -> Result:
    began = time.monotonic()
    before = mutation.apply(tree)
    try:
        status, output = _pytest(mutation.tests, tree, environment)
    except TestsHung:
        status, output = TESTS_FAILED, "the tests hung"
    finally:
        write_source(tree / mutation.file, before)
    outcome = {0: Outcome.SURVIVED, TESTS_FAILED: Outcome.CAUGHT}.get(status, Outcome.INVALID)
    return Result(mutation.name, outcome, time.monotonic() - began, output)


def _pytest(tests: Sequence[str], tree: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Exit status and the end of the output."""
    output = tree / "pytest-output.txt"
    seconds = TESTS_SECONDS_MAX * (1 + len(tests) // 10)
    status = run_pytest([*PYTEST, *tests], tree, environment, output, seconds)
    return status, output.read_text(errors="replace")[-OUTPUT_CHARACTERS:]
