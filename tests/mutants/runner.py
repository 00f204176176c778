"""Runs the named tests against each mutation, in a temporary copy of the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ops.stores import ephemeral_stores
from tests.mutants.mutation import ROOT, Mutation, write_source

TESTS_SECONDS_MAX = 600
TESTS_FAILED = 1  # pytest's exit status
# The database is made once and reused, since no mutation changes a migration.
PYTEST = ("-m", "pytest", "-x", "-q", "--reuse-db", "-p", "no:cacheprovider", "--no-header")


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
            yield tree, {**os.environ, **stores}


def check_control(mutations: Sequence[Mutation], tree: Path, environment: dict[str, str]) -> None:
    """Run the tests of all ``mutations`` unchanged. Raises ControlFailed."""
    tests = sorted({test for one in mutations for test in one.tests})
    done = _pytest(tests, tree, environment)
    if done.returncode:
        raise ControlFailed(done.stdout[-4_000:] + done.stderr[-1_000:])


def run(mutation: Mutation, tree: Path, environment: dict[str, str]) -> Result:
    began = time.monotonic()
    before = mutation.apply(tree)
    try:
        done = _pytest(mutation.tests, tree, environment)
    except subprocess.TimeoutExpired:
        return Result(mutation.name, Outcome.CAUGHT, time.monotonic() - began, "tests hung")
    finally:
        write_source(tree / mutation.file, before)
    outcome = {0: Outcome.SURVIVED, TESTS_FAILED: Outcome.CAUGHT}.get(
        done.returncode, Outcome.INVALID
    )
    return Result(mutation.name, outcome, time.monotonic() - began, done.stdout[-2_000:])


def _pytest(
    tests: Sequence[str], tree: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *PYTEST, *tests],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TESTS_SECONDS_MAX * (1 + len(tests) // 10),
    )
