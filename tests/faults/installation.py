"""Layar as `bin/run` starts it, with lines between its parts that a fault can lay hands on."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.runner.cli import ROOT
from ops.runner.data_dir import MARK
from ops.stores.ports_and_secrets import LOOPBACK, PortBook, SecretBook, choose_port
from tests.faults.lines import Line
from tests.runtime.processes import listing
from tests.runtime.running import OWN_VARIABLES

READY_SECONDS = 300.0
STOP_SECONDS = 60.0
HEALTH_SECONDS = 2.0
HOLD_SECONDS = 30  # short, so that holds end in mid-fault, too
RATE_LIMIT_FACTOR = 1_000_000  # one address is the whole town here
SKEW_FOLDER = Path(__file__).resolve().parent / "skew"
# How a process is known by its command line.
WORDS = {
    "live": "daphne",
    "sandbox": f"granian --interface wsgi --host {LOOPBACK}",
    "worker": "celery -A cinema_project worker",
    "beat": "celery -A cinema_project beat",
    "postgres": "/postgres -D",
    "valkey": "valkey-server",
}


class NotRunning(Exception):
    """The installation did not come up, or a process of it is not there."""


@dataclass
class Installation:
    process: subprocess.Popen[bytes]
    data: Path
    port: int
    live_port: int
    said: Path
    redis_line: Line
    bank_line: Line
    webhook_line: Line

    def pid(self, name: str) -> int:
        """The process of that name which the supervisor looks after now."""
        words = WORDS.get(name, f"--host 0.0.0.0 --port {self.port}")
        for number, (parent, command) in listing().items():
            if parent == self.process.pid and words in command:
                return number
        raise NotRunning(f"{name} is not there")

    def signal(self, name: str, number: int) -> None:
        """To the process and all that it started."""
        os.killpg(self.pid(name), number)

    @property
    def skew_file(self) -> Path:
        return self.data / "skew.json"

    @property
    def environment(self) -> dict[str, str]:
        lines = (self.data / "environment").read_text().splitlines()
        return {
            name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)
        }

    def health(self) -> dict[str, bool]:
        """What /readyz tells; nothing where there is no good answer."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=HEALTH_SECONDS)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            facts: dict[str, bool] = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        finally:
            connection.close()
        return facts if answer.status == 200 else {}

    def manage(self, *words: str, file_bytes_max: int = 0) -> subprocess.CompletedProcess[str]:
        """``file_bytes_max``: as on a disk that has no more room than that for any file."""
        limits = ("prlimit", f"--fsize={file_bytes_max}") if file_bytes_max else ()
        return subprocess.run(
            [*limits, sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=_inherited() | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def wait_until_ready(self) -> None:
        from tests.faults.judge import wait_for

        def is_ready() -> bool:
            if self.process.poll() is not None:
                raise NotRunning(self.said.read_text()[-3000:])
            return "\nready http" in self.said.read_text()

        if wait_for(is_ready, READY_SECONDS) is None:
            raise NotRunning(self.said.read_text()[-3000:])


@contextmanager
def installation(data: Path) -> Iterator[Installation]:
    """On durable stores in ``data``; a folder that was used before keeps its rows."""
    data.mkdir(parents=True, exist_ok=True)
    (data / MARK).touch()
    ports, secrets = PortBook(data / "ports.json"), SecretBook(data / "secrets.json")
    port, live_port = choose_port(), choose_port()
    valkey, sandbox = ports.port("valkey"), ports.port("sandbox")
    with ExitStack() as stack:
        lines = [Line(choose_port(), target) for target in (valkey, sandbox, port)]
        for line in lines:
            stack.callback(line.close)
            line.start()
        redis_url = f"redis://:{secrets.password('valkey')}@{LOOPBACK}:{lines[0].port}"
        environment = _inherited() | {
            "CACHE_URL": f"{redis_url}/0",
            "CHANNEL_LAYER_URL": f"{redis_url}/1",
            "BROKER_URL": f"{redis_url}/2",
            "SANDBOX_API_URL": f"http://{LOOPBACK}:{lines[1].port}/sandbox/api",
            "WEBHOOK_URL": f"http://{LOOPBACK}:{lines[2].port}",
            "RATE_LIMIT_FACTOR": str(RATE_LIMIT_FACTOR),
            "PYTHONPATH": str(SKEW_FOLDER),
            "FAULTS_SKEW_FILE": str(data / "skew.json"),
        }
        (data / "skew.json").unlink(missing_ok=True)
        said = data / "run.txt"
        with said.open("wb") as output:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "ops.runner", "--data", str(data)),
                    *("--port", str(port), "--live-port", str(live_port)),
                    *("--hold-seconds", str(HOLD_SECONDS)),
                ],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        stack.callback(_stop, process)
        running = Installation(process, data, port, live_port, said, *lines)
        running.wait_until_ready()
        yield running


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()  # the watchdog stops what it leaves behind


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}
