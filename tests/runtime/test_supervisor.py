"""The supervisor: restarts and log rotation."""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ops.cluster import rolling_restart
from ops.runner.console import Console
from ops.runner.services import bound_socket
from ops.runner.supervisor import BACK_OFF_FIRST_SECONDS, LOG_BYTES_MAX, Supervisor
from ops.stores.errors import StartError
from ops.stores.ports_and_secrets import LOOPBACK, choose_port
from ops.stores.process_guard import Child, ProcessGroup, Program
from tests.runtime.processes import kill, wait_until

pytestmark = pytest.mark.runtime


@pytest.fixture
def process_group() -> Iterator[ProcessGroup]:
    process_group = ProcessGroup()
    yield process_group
    process_group.close()


def python(log: Path, script: str, **how: Any) -> Program:
    return Program(
        name="script",
        command=[sys.executable, "-c", script],
        log=log,
        environment=dict(os.environ),
        rank=1,
        **how,
    )


def test_log_is_rotated_while_its_process_writes(
    tmp_path: Path, process_group: ProcessGroup
) -> None:
    log = tmp_path / "script.log"
    much = f"import time; print('x' * {LOG_BYTES_MAX + 1}, flush=True); time.sleep(2)\n"
    program = python(log, much + "print('more', flush=True); time.sleep(600)")
    supervisor = Supervisor(process_group, print)
    supervisor.add(process_group.start(program), lambda: process_group.start(program))
    wait_until(lambda: log.exists() and log.stat().st_size > LOG_BYTES_MAX)

    supervisor.poll()

    wait_until(lambda: log.read_text() == "more\n")
    assert (tmp_path / "script.log.1").stat().st_size == LOG_BYTES_MAX + 2
    supervisor.stop()


def test_restart_delay_grows(tmp_path: Path, process_group: ProcessGroup) -> None:
    program = python(tmp_path / "script.log", "")
    output: list[str] = []
    starts: list[float] = []
    supervisor = Supervisor(process_group, output.append)

    def launch() -> Child:
        starts.append(time.monotonic())
        return process_group.start(program)

    supervisor.add(launch(), launch)
    deadline = time.monotonic() + 30
    while len(starts) < 4 and time.monotonic() < deadline:
        supervisor.poll()
        time.sleep(0.02)
    supervisor.stop()

    waits = [later - earlier for earlier, later in pairwise(starts)]
    assert len(waits) == 3
    assert waits[0] >= 0.5
    assert waits[1] >= 1.0
    assert waits[2] >= 2.0
    log = tmp_path / "script.log"
    assert output[:3] == [
        f"script ended (code 0) and is started again in {seconds} s; its log is {log}"
        for seconds in ("0.5", "1", "2")
    ]


def test_socket_of_a_stopped_server_refuses_connections(
    tmp_path: Path, process_group: ProcessGroup
) -> None:
    bound = bound_socket(choose_port(), LOOPBACK)
    port, descriptor = bound.getsockname()[1], bound.fileno()
    listens = f"import socket, time; socket.socket(fileno={descriptor}).listen(); time.sleep(600)"
    program = python(
        tmp_path / "script.log", listens, inherited=(descriptor,), refused_sockets=(bound,)
    )
    supervisor = Supervisor(process_group, print)
    before = answers(port)
    supervisor.add(process_group.start(program), lambda: process_group.start(program))
    wait_until(lambda: answers(port))

    kill(supervisor.child("script").process.pid)
    wait_until(lambda: supervisor.child("script").has_died)
    answers_before_anybody_looked = answers(port)
    supervisor.poll()

    assert (before, answers_before_anybody_looked, answers(port)) == (False, True, False)
    time.sleep(BACK_OFF_FIRST_SECONDS)
    supervisor.poll()
    wait_until(lambda: answers(port))
    supervisor.stop()
    bound.close()


def answers(port: int) -> bool:
    """Whether a connection is accepted, at least into the backlog."""
    with socket.socket() as caller:
        return caller.connect_ex((LOOPBACK, port)) == 0


def test_full_disk_does_not_end_the_supervisor(
    tmp_path: Path, process_group: ProcessGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(*_paths: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    log = tmp_path / "script.log"
    program = python(log, "import time; time.sleep(600)")
    reported: list[str] = []
    supervisor = Supervisor(process_group, reported.append)
    supervisor.add(process_group.start(program), lambda: process_group.start(program))
    log.write_bytes(b"x" * (LOG_BYTES_MAX + 1))
    monkeypatch.setattr("shutil.copyfile", no_space)

    supervisor.poll()
    supervisor.stop()

    assert reported == [f"{log} is emptied without a copy: No space left on device"]
    assert (log.stat().st_size, log.with_suffix(".log.1").exists()) == (0, False)


def test_full_disk_is_named_as_the_cause(
    tmp_path: Path, process_group: ProcessGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.runner.supervisor.DISK_FREE_BYTES_MIN", 1 << 62)
    program = python(tmp_path / "script.log", "")
    reported: list[str] = []
    supervisor = Supervisor(process_group, reported.append)
    supervisor.add(process_group.start(program), lambda: process_group.start(program))
    wait_until(lambda: supervisor.child("script").has_died)

    supervisor.poll()
    supervisor.stop()

    assert reported[0].endswith(f"its log is {program.log}; the disk of {tmp_path} is full")


def test_restart_with_a_stale_pid_signals_no_process(tmp_path: Path) -> None:
    received: list[int] = []
    before = signal.signal(rolling_restart.SIGNAL, lambda number, _frame: received.append(number))
    (tmp_path / "nginx" / "run").mkdir(parents=True)
    (tmp_path / "nginx" / "run" / "nginx.pid").write_text("1")
    (tmp_path / "run.lock").write_text(f"{os.getpid()}\n")  # of another process by now
    try:
        with pytest.raises(StartError, match="no cluster runs on"):
            rolling_restart.request_restart(tmp_path, Console())
    finally:
        signal.signal(rolling_restart.SIGNAL, before)

    assert received == []
