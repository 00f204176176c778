"""Runs pytest in forks of a process that has imported the installed packages already.

Importing them takes most of the time of a short test run. Each fork imports the project's own
modules itself, so that changes take effect.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

POLL_SECONDS = 0.05


class TestsHung(Exception):
    """The tests did not end within their time."""


def preload(tree: Path) -> None:
    """Import every installed module that the tests use, as determined by forks."""
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.close(reader)
            _enter(tree)
            with os.fdopen(writer, "w") as names:
                names.write("\n".join(_installed_modules(tree)))
        finally:
            os._exit(0)  # never into the parent's clean-up; a failure only costs time
    os.close(writer)
    with os.fdopen(reader) as names:
        found = names.read().split()
    os.waitpid(child, 0)
    for name in found:
        try:
            importlib.import_module(name)
        except Exception:
            continue


def run_pytest(
    arguments: Sequence[str], tree: Path, environment: dict[str, str], output: Path, seconds: float
) -> int:
    """pytest's exit status, with its output in ``output``. Raises TestsHung."""
    if (child := os.fork()) == 0:
        status = 3  # as pytest's internal error
        try:
            os.setsid()
            with output.open("w") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
            os.environ.update(environment)
            _enter(tree)
            status = int(pytest.main(list(arguments)))
        finally:
            sys.stdout.flush()
            os._exit(status)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(POLL_SECONDS)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise TestsHung


def _enter(tree: Path) -> None:
    """Find the project's modules in ``tree`` only."""
    own = {path.name.removesuffix(".py") for path in tree.iterdir()}
    for name in [name for name in sys.modules if name.partition(".")[0] in own]:
        del sys.modules[name]
    os.chdir(tree)
    here = str(Path(__file__).resolve().parent.parent.parent)
    sys.path[:] = [str(tree), *(entry for entry in sys.path if entry not in ("", here))]


def _installed_modules(tree: Path) -> list[str]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.urls import get_resolver

    assert get_resolver().url_patterns
    importlib.import_module("tests.factories")
    own = {path.name.removesuffix(".py") for path in tree.iterdir()}
    return [name for name in sys.modules if name.partition(".")[0] not in own | {"__main__"}]
