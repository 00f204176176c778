"""A complete installation as started by ``bin/run``, on ephemeral stores."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis

from ops.stores import ephemeral_stores
from ops.stores.ports_and_secrets import LOOPBACK, choose_port

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 300.0
STOP_SECONDS = 60.0
RATE_LIMIT_FACTOR = 1_000_000  # one address sends what a town would
RUNNER, CLUSTER = "ops.runner", "ops.cluster"
# How a process is known by its command line; the first that fits.
SERVICES = (
    (f"-m {RUNNER}", "runner"),
    ("watchdog.py", "runner"),
    ("daphne", "live"),
    ("celery -A cinema_project beat", "beat"),
    ("celery", "worker"),
    ("--workers 1 ", "sandbox bank"),
    ("ops.servers.http", "web"),
)


class NotRunning(Exception):
    """The installation did not start, or has exited."""


@dataclass(frozen=True)
class Memory:
    """Of all processes of a service, in MB. PSS counts a shared page once among its sharers."""

    processes: int
    rss_mb: float
    pss_mb: float


@dataclass(frozen=True)
class Product:
    process: subprocess.Popen[str]
    environment: dict[str, str]
    port: int
    live_port: int
    log: Path

    @property
    def api(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/api/v1"

    def check(self) -> None:
        if self.process.poll() is not None:
            raise NotRunning(self.log.read_text()[-3000:])

    def memory(self) -> dict[str, Memory]:
        """Memory by service, without the stores."""
        rss: Counter[str] = Counter()
        pss: Counter[str] = Counter()
        count: Counter[str] = Counter()
        for pid, service in processes_of(self.process.pid).items():
            try:
                rollup = (Path("/proc") / str(pid) / "smaps_rollup").read_text()
            except OSError:
                continue  # it has just ended
            facts = {line.split(":")[0]: line.split() for line in rollup.splitlines()[1:]}
            rss[service] += int(facts["Rss"][1])
            pss[service] += int(facts["Pss"][1])
            count[service] += 1
        return {
            name: Memory(count[name], round(rss[name] / 1024, 1), round(pss[name] / 1024, 1))
            for name in sorted(count)
        }

    def connections(self) -> dict[str, int]:
        """Number of clients of PostgreSQL and Valkey, without this one."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as database:
            row = database.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ).fetchone()
        with redis.Redis.from_url(self.environment["REDIS_URL"]) as valkey:
            clients = int(valkey.info("clients")["connected_clients"])
        return {"postgres": row[0] if row else 0, "valkey": clients - 1}

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )


def processes_of(root: int) -> dict[int, str]:
    """Process id → service, for every descendant of ``root`` and itself."""
    children: dict[int, list[int]] = {}
    commands: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        children.setdefault(parent, []).append(int(entry.name))
        commands[int(entry.name)] = command
    found: dict[int, str] = {}
    open_ends = [(root, "")]
    while open_ends:
        pid, inherited = open_ends.pop()
        own = next((name for sign, name in SERVICES if sign in commands.get(pid, "")), "")
        found[pid] = own or inherited or "other"
        open_ends += [(child, found[pid]) for child in children.get(pid, [])]
    return found


@contextmanager
def running_product(*, hold_seconds: int, is_cluster: bool = False) -> Iterator[Product]:
    """``is_cluster``: as ``bin/cluster`` starts it, with nginx; sockets are on the same port."""
    with (
        ephemeral_stores(durable=True) as stores,
        tempfile.TemporaryDirectory(prefix="layar-run-") as folder,
    ):
        port, live_port = choose_port(), choose_port()
        runner = CLUSTER if is_cluster else RUNNER
        environment = stores | {
            "DJANGO_SETTINGS_MODULE": "cinema_project.settings",
            "RATE_LIMIT_FACTOR": str(RATE_LIMIT_FACTOR),
            "SANDBOX_ENABLED": "true",
        }
        log = Path(folder) / "run.txt"
        command = [
            *(sys.executable, "-P", "-m", runner, "--port", str(port)),
            *(() if is_cluster else ("--live-port", str(live_port))),
            *("--data", f"{folder}/data", "--hold-seconds", str(hold_seconds)),
        ]
        with log.open("w") as said:
            process = subprocess.Popen(
                command,
                stdout=said,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
                text=True,
            )
        product = Product(process, environment, port, port if is_cluster else live_port, log)
        try:
            _wait_until_ready(product)
            yield product
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_ready(product: Product) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not any(line.startswith("ready http") for line in product.log.read_text().splitlines()):
        product.check()
        if time.monotonic() > deadline:
            raise NotRunning(product.log.read_text()[-3000:])
        time.sleep(0.2)
