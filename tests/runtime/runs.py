"""Starts the real `python -m ops.runner` for tests and waits for its output."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ops.runner.cli import ROOT
from ops.stores.ports_and_secrets import choose_port

READY_SECONDS = 600.0  # on a busy machine
STOP_SECONDS = 180.0
# Variables that a run generates; they must not be inherited from the tests' own stores.
OWN_VARIABLES = (
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "DJANGO_SETTINGS_MODULE",
    "LAYAR_DATA",
    "LIVE_PORT",
    "PG_DUMP",
    "PG_RESTORE",
    "REDIS_DATABASE_OFFSET",
    "REDIS_URL",
    "SANDBOX_ENABLED",
    "SANDBOX_WEBHOOK_SECRET",
    "SECRET_KEY",
    "SITE_URL",
    "TICKET_SIGNING_KEY",
)


@dataclass
class Run:
    """One run of the runner, and its output."""

    process: subprocess.Popen[bytes]
    output_file: Path
    data: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def output(self) -> str:
        return self.output_file.read_text()

    def wait_for(self, words: str, seconds: float = READY_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while words not in self.output:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the run never printed {words!r}:\n{self.output}")
            time.sleep(0.05)

    def wait_until_ready(self) -> None:
        self.wait_for(f"\nready {self.url}\n")

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(STOP_SECONDS)


def start(
    data: Path,
    *options: str,
    port: int | None = None,
    environment: dict[str, str] | None = None,
    module: str = "ops.runner",
) -> Run:
    """Starts a run on ``data`` without waiting for it."""
    port = port or choose_port()
    inherited = {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}
    output_file = Path(tempfile.mkstemp(prefix="layar-run-")[1])
    command = [sys.executable, "-m", module, "--throwaway"]
    with output_file.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--data", str(data), "--port", str(port), *options],
            cwd=ROOT,
            # All simulated visitors share one address.
            env={**inherited, "RATE_LIMIT_FACTOR": "100", **(environment or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Run(process, output_file, data, port)
