"""Start-up time of `bin/run` with existing data."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.result import Effort, Result, Round, of_rounds
from benchmarks.servers import ROOT
from ops.stores.ports_and_secrets import choose_port

GOAL_SECONDS = 10.0
ROUNDS_MAX = 3
READY_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 30.0
# The run starts its own stores, so this benchmark's variables must not reach it.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "UV_PYTHON_DOWNLOADS")


class NotReady(Exception):
    """bin/run exited or did not print that it is ready."""


def start(logs: Path, effort: Effort) -> list[Result]:
    """`bin/run` until it prints `ready`, with existing data: stores, migrations, demo
    chain, web, live, worker and beat. The first start, which creates them, is not counted; there is
    no floor, the goal is in seconds."""
    with tempfile.TemporaryDirectory(prefix="layar-start-") as folder:
        data = Path(folder) / "var"
        first = _seconds_to_ready(data, logs / "start.log")
        again = [
            _seconds_to_ready(data, logs / "start.log")
            for _number in range(min(effort.rounds, ROUNDS_MAX))
        ]
    facts = {"the first start, with the demo chain": f"{first:.0f} s"}
    rounds = [Round(value=round(seconds, 2)) for seconds in again]
    return [
        of_rounds("start", GOAL_SECONDS, rounds, "s", has_floor=False, is_at_most=True, facts=facts)
    ]


def _seconds_to_ready(data: Path, log: Path) -> float:
    command = [str(ROOT / "bin" / "run"), "--data", str(data), "--port", str(choose_port())]
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    began = time.monotonic()
    with log.open("ab") as output:
        offset = output.tell()
        run = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=ROOT
        )
        try:
            while not _is_ready(log, offset):
                if run.poll() is not None or time.monotonic() - began > READY_SECONDS_MAX:
                    raise NotReady(_words(log, offset)[-1_000:])
                time.sleep(0.02)
            return time.monotonic() - began
        finally:
            run.send_signal(signal.SIGINT)
            run.wait(STOP_SECONDS_MAX)


def _words(log: Path, offset: int) -> str:
    return log.read_bytes()[offset:].decode(errors="replace")


def _is_ready(log: Path, offset: int) -> bool:
    return any(line.startswith("ready ") for line in _words(log, offset).splitlines())
