"""Processes that exist but no longer respond are replaced."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.runner import health
from ops.runner.health import HealthMonitor, Heartbeat
from ops.runner.supervisor import Supervisor
from ops.stores.ports_and_secrets import choose_port
from ops.stores.process_guard import ProcessGroup, Program
from tests.runtime.prepared import prepared
from tests.runtime.processes import child_named, descendants, listing, living, wait_until
from tests.runtime.runs import start

pytestmark = pytest.mark.runtime

TOUCHES = (
    "import pathlib, sys, time\nwhile True: pathlib.Path(sys.argv[1]).touch(); time.sleep(.05)"
)
REPLACED_SECONDS = 300.0
WORDS = {
    "live": "daphne",
    "worker": "celery -A cinema_project worker",
    "beat": "celery -A cinema_project beat",
}


@pytest.fixture
def process_group() -> Iterator[ProcessGroup]:
    process_group = ProcessGroup()
    yield process_group
    process_group.close()


def quick(probe: health.Probe, start_seconds: float = 0.0) -> HealthMonitor:
    return HealthMonitor(probe, 0.05, window_seconds=1.0, start_seconds=start_seconds)


def test_stopped_process_is_killed_and_started_again(
    tmp_path: Path, process_group: ProcessGroup
) -> None:
    file = tmp_path / "heartbeat"
    program = Program(
        name="script",
        command=[sys.executable, "-c", TOUCHES, str(file)],
        log=tmp_path / "script.log",
        environment=dict(os.environ),
        rank=1,
    )
    reported: list[str] = []
    supervisor = Supervisor(process_group, reported.append)
    first = process_group.start(program)
    monitor = HealthMonitor(Heartbeat(file, late_seconds=3.0), 0.2, window_seconds=4.0)
    supervisor.add(first, lambda: process_group.start(program), monitor)
    wait_until(lambda: file.exists())
    _poll_for(supervisor, 3)
    before = list(reported)

    os.kill(first.process.pid, signal.SIGSTOP)
    wait_until(lambda: _poll_for(supervisor, 0.1).child("script") is not first)
    _poll_for(supervisor, 4)

    assert before == []
    assert first.process.returncode == -signal.SIGKILL
    assert reported == [
        f"script hangs (no heartbeat) and is replaced; its log is {program.log}"
    ]  # once: the second is healthy
    supervisor.stop()


def _poll_for(supervisor: Supervisor, seconds: float) -> Supervisor:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        supervisor.poll()
        time.sleep(0.05)
    return supervisor


def test_service_is_not_judged_while_it_starts() -> None:
    monitor = quick(lambda: "no response", start_seconds=3600.0)
    time.sleep(1.0)
    now = time.monotonic()

    assert (monitor.failure(now), monitor.failure(now + 3600.0)) == (None, None)
    monitor.stop()


def test_failures_of_the_start_are_forgotten() -> None:
    calls: list[str | None] = []

    def probe() -> str | None:
        calls.append("no response" if len(calls) < 5 else None)
        return calls[-1]

    monitor = HealthMonitor(probe, 0.2, window_seconds=60.0, start_seconds=60.0)
    wait_until(lambda: len(calls) >= 7)  # the sixth was the first good one
    monitor.stop()

    assert monitor.failure(time.monotonic()) is None


def test_service_that_never_starts_is_replaced() -> None:
    monitor = quick(lambda: "no response", start_seconds=0.5)

    wait_until(lambda: monitor.failure(time.monotonic()) == "no response", 10)
    monitor.stop()


def test_half_of_the_probes_must_fail() -> None:
    found = iter([None, "no response", None, None] * 1000)
    monitor = quick(lambda: next(found))
    time.sleep(1.5)

    assert monitor.failure(time.monotonic()) is None
    monitor.stop()


def test_worker_is_not_judged_while_its_broker_is_unavailable(tmp_path: Path) -> None:
    away = Heartbeat(tmp_path / "none", f"redis://127.0.0.1:{choose_port()}")

    assert (away(), Heartbeat(tmp_path / "none")()) == (None, "no heartbeat")


def test_hung_services_of_a_run_are_replaced_and_nothing_is_left(tmp_path: Path) -> None:
    """In a folder with a space: web, live, worker and beat stop, then run and watchdog die."""
    run = start(prepared(tmp_path / "all data"), "--no-demo")
    try:
        run.wait_until_ready()
        words = {"web": f"--host 127.0.0.1 --port {run.port}"} | WORDS
        first = {name: child_named(run.process.pid, text) for name, text in words.items()}
        wait_until(lambda: (run.data / "heartbeats" / "worker").exists())
        time.sleep(health.PROBE_SECONDS * 2)
        for process_id in first.values():
            os.killpg(process_id, signal.SIGSTOP)

        for name in words:
            run.wait_for(f"{name} hangs (", REPLACED_SECONDS)
        wait_until(lambda: not living(set(first.values())))
        wait_until(lambda: all(_is_running(run.process.pid, text) for text in words.values()))
        of_run = descendants(run.process.pid)
        watchdog = child_named(run.process.pid, "watchdog.py")
    except BaseException:
        run.interrupt()
        print(run.output)
        raise

    os.kill(watchdog, signal.SIGSTOP)  # so that it cannot act in between
    run.kill()
    os.kill(watchdog, signal.SIGKILL)

    assert len(of_run) >= 10
    try:
        wait_until(lambda: living(of_run) == set())
    except AssertionError:
        print({number: listing().get(number) for number in living(of_run)}, run.output)
        raise
    run.output_file.unlink()


def _is_running(run_id: int, words: str) -> bool:
    try:
        return bool(child_named(run_id, words))
    except ValueError:
        return False
