"""Layar started by `bin/run`, with TCP proxies between its parts that faults can manipulate."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg

from ops.runner.cli import ROOT
from ops.runner.data_dir import MARKER
from ops.stores.ports_and_secrets import LOOPBACK, PortRegistry, SecretFile, choose_port
from tests.cluster import network
from tests.cluster.postgres_pair import Pair, postgres_pair
from tests.cluster.sentinels import Fleet, fleet
from tests.faults import wal_disk
from tests.faults.proxies import TcpProxy
from tests.runtime.processes import listing
from tests.runtime.runs import OWN_VARIABLES

READY_SECONDS = 900.0  # on a busy machine
STOP_SECONDS = 60.0
HEALTH_SECONDS = 2.0
HOLD_SECONDS = 30  # short, so that holds end in mid-fault, too
RATE_LIMIT_FACTOR = 1_000_000  # all customers share one address here
SKEW_FOLDER = Path(__file__).resolve().parent / "skew"
# Command-line text that identifies each process.
WORDS = {
    "live": "daphne",
    "sandbox": "--threads 4",
    "worker": "celery -A cinema_project worker",
    "beat": "celery -A cinema_project beat",
    "postgres": "/postgres -D",
    "valkey": "valkey-server",
}


class Stores(StrEnum):
    """Where an installation keeps its data."""

    EMBEDDED = "embedded"  # servers that `bin/run` starts
    SENTINELS = "sentinels"  # Valkey with a replica and three sentinels
    PAIR = "pair"  # PostgreSQL with a synchronous standby, on hosts of their own where possible


class NotRunning(Exception):
    """The installation did not start, or one of its processes is missing."""


@dataclass
class Installation:
    process: subprocess.Popen[bytes]
    data: Path
    port: int
    live_port: int
    output_file: Path
    redis_proxy: TcpProxy
    bank_proxy: TcpProxy
    webhook_proxy: TcpProxy
    fleet: Fleet | None = None  # instead of the embedded Valkey
    pair: Pair | None = None  # instead of the embedded PostgreSQL

    def pid(self, name: str) -> int:
        """Pid of the service's current process."""
        words = WORDS.get(name, f"--host 127.0.0.1 --port {self.port}")
        for number, (parent, command) in listing().items():
            if parent == self.process.pid and words in command:
                return number
        raise NotRunning(f"{name} is not there")

    def signal(self, name: str, number: int) -> None:
        """Sends a signal to the service's process group."""
        os.killpg(self.pid(name), number)

    @property
    def wal_disk(self) -> Path:
        return wal_disk.folder(self.data)

    def superuser(self) -> psycopg.Connection[Any]:
        """A session of PostgreSQL's superuser."""
        own = urlsplit(self.environment["DATABASE_URL"])
        password = SecretFile(self.data / "secrets.json").password("postgres_superuser")
        return psycopg.connect(
            host=unquote((own.netloc.rpartition("@")[2]).rpartition(":")[0]),
            port=own.port,
            user="postgres",
            password=password,
            dbname="postgres",
            autocommit=True,
        )

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
        """The content of /readyz; empty unless it returns 200."""
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
        """Runs a management command; ``file_bytes_max`` limits file sizes, as a full disk does."""
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
                raise NotRunning(self.output_file.read_text()[-3000:])
            return "\nready http" in self.output_file.read_text()

        if wait_for(is_ready, READY_SECONDS) is None:
            raise NotRunning(self.output_file.read_text()[-3000:])


@contextmanager
def installation(data: Path, stores: Stores = Stores.EMBEDDED) -> Iterator[Installation]:
    """Starts an installation with durable stores in ``data``; existing data is kept."""
    data.mkdir(parents=True, exist_ok=True)
    (data / MARKER).touch()
    ports, secrets = PortRegistry(data / "ports.json"), SecretFile(data / "secrets.json")
    port, live_port = choose_port(), choose_port()
    valkey, sandbox = ports.port("valkey"), ports.port("sandbox")
    with ExitStack() as stack:
        if wal_disk.is_possible() and stores is Stores.EMBEDDED:
            stack.enter_context(wal_disk.mounted(data, ports, secrets))
        proxies = (
            TcpProxy(choose_port(), valkey),
            TcpProxy(choose_port(), sandbox),
            TcpProxy(choose_port(), port),
        )
        for proxy in proxies:
            stack.callback(proxy.close)
            proxy.start()
        environment = _environment(data, secrets.password("valkey"), proxies)
        valkeys = pair = None
        if stores is Stores.SENTINELS:
            valkeys = stack.enter_context(fleet(data / "fleet"))
            environment |= _redis_variables(valkeys.url)
        elif stores is Stores.PAIR:
            pair = stack.enter_context(_pair(data / "pair"))
            environment["DATABASE_URL"] = pair.url
        (data / "skew.json").unlink(missing_ok=True)
        output_file = data / "run.txt"
        process = _run(data, port, live_port, environment, output_file)
        stack.callback(_stop, process)
        site = Installation(process, data, port, live_port, output_file, *proxies, valkeys, pair)
        site.wait_until_ready()
        yield site


@contextmanager
def _pair(folder: Path) -> Iterator[Pair]:
    with ExitStack() as stack:
        hosts = [network.Host(), network.Host()]
        if network.is_possible():
            hosts = stack.enter_context(network.network(len(hosts)))
        yield stack.enter_context(postgres_pair(folder, hosts))


def _run(
    data: Path, port: int, live_port: int, environment: dict[str, str], output_file: Path
) -> subprocess.Popen[bytes]:
    command = [
        *(sys.executable, "-m", "ops.runner", "--data", str(data)),
        *("--port", str(port), "--live-port", str(live_port)),
        *("--hold-seconds", str(HOLD_SECONDS)),
    ]
    with output_file.open("wb") as output:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _environment(data: Path, password: str, proxies: Sequence[TcpProxy]) -> dict[str, str]:
    return _inherited() | {
        **_redis_variables(f"redis://:{password}@{LOOPBACK}:{proxies[0].port}"),
        "SANDBOX_API_URL": f"http://{LOOPBACK}:{proxies[1].port}/sandbox/api",
        "WEBHOOK_URL": f"http://{LOOPBACK}:{proxies[2].port}",
        "RATE_LIMIT_FACTOR": str(RATE_LIMIT_FACTOR),
        "PYTHONPATH": str(SKEW_FOLDER),
        "FAULTS_SKEW_FILE": str(data / "skew.json"),
    }


def _redis_variables(url: str) -> dict[str, str]:
    server, question, options = url.partition("?")
    names = ("CACHE_URL", "CHANNEL_LAYER_URL", "BROKER_URL")
    return {name: f"{server}/{at}{question}{options}" for at, name in enumerate(names)}


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()  # the watchdog stops what it leaves behind


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}
