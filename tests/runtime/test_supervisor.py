"""What the supervisor does with processes that die and logs that grow."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from cinema_project.runner.supervisor import LOG_BYTES_MAX, Supervisor
from cinema_project.stores.guard import Child, Guard, Program
from tests.runtime.processes import wait_until

pytestmark = pytest.mark.runtime


@pytest.fixture
def guard() -> Iterator[Guard]:
    guard = Guard()
    yield guard
    guard.close()


def python(log: Path, script: str) -> Program:
    return Program(
        name="script",
        command=[sys.executable, "-c", script],
        log=log,
        environment=dict(os.environ),
        rank=1,
    )


def test_log_is_cut_while_its_process_goes_on_writing(tmp_path: Path, guard: Guard) -> None:
    log = tmp_path / "script.log"
    much = f"import time; print('x' * {LOG_BYTES_MAX + 1}, flush=True); time.sleep(2)\n"
    program = python(log, much + "print('more', flush=True); time.sleep(600)")
    supervisor = Supervisor(guard, print)
    supervisor.take(guard.start(program), lambda: guard.start(program))
    wait_until(lambda: log.exists() and log.stat().st_size > LOG_BYTES_MAX)

    supervisor.tend()

    wait_until(lambda: log.read_text() == "more\n")
    assert (tmp_path / "script.log.1").stat().st_size == LOG_BYTES_MAX + 2
    supervisor.stop()


def test_process_that_keeps_dying_is_started_ever_later(tmp_path: Path, guard: Guard) -> None:
    program = python(tmp_path / "script.log", "")
    said: list[str] = []
    starts: list[float] = []
    supervisor = Supervisor(guard, said.append)

    def launch() -> Child:
        starts.append(time.monotonic())
        return guard.start(program)

    supervisor.take(launch(), launch)
    deadline = time.monotonic() + 30
    while len(starts) < 4 and time.monotonic() < deadline:
        supervisor.tend()
        time.sleep(0.02)
    supervisor.stop()

    waits = [later - earlier for earlier, later in pairwise(starts)]
    assert len(waits) == 3
    assert waits[0] >= 0.5
    assert waits[1] >= 1.0
    assert waits[2] >= 2.0
    log = tmp_path / "script.log"
    assert said[:3] == [
        f"script ended (code 0) and is started again in {seconds} s; its log is {log}"
        for seconds in ("0.5", "1", "2")
    ]
