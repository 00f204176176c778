"""Installs, seeds and serves pretix on the stores of this run."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ops.stores.errors import NotReady
from ops.stores.ports_and_secrets import LOOPBACK, choose_port
from ops.stores.process_guard import POLL_SECONDS, Child, ProcessGroup, Program

VERSION = "2026.8.0"
# Its own container starts two processes a core under gunicorn; granian takes the place of gunicorn
# and its reverse proxy on both sides, so that the load generator can keep its connections.
PROCESSES_PER_CORE = 2
REDIS_DATABASE = 14
READY_SECONDS = 120.0
SEED = Path(__file__).with_name("pretix_seed.py")


@dataclass(frozen=True)
class Peer:
    token: str
    seats: list[str]
    events: list[dict[str, object]]
    environment: dict[str, str]
    python: Path


def install(folder: Path) -> Path:
    """A temporary environment with pretix of VERSION from the package index; returns its
    Python."""
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"installing pretix {VERSION} (about half a minute)", flush=True)
        venv.create(folder, with_pip=True)
        from importlib.metadata import version

        packages = [f"pretix=={VERSION}", f"granian=={version('granian')}"]
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages],
            check=True,
        )
    return python


def prepare(python: Path, folder: Path, events: int) -> Peer:
    """Create a database on the same server with its tables and ``events`` halls of 200 seats."""
    folder.mkdir(parents=True, exist_ok=True)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE DATABASE pretix")
    config = folder / "pretix.cfg"
    config.write_text(_config(folder))
    config.chmod(0o600)
    environment = _plain_environment() | {"PRETIX_CONFIG_FILE": str(config)}
    subprocess.run(
        [python, "-m", "pretix", "migrate", "--verbosity", "0"],
        env=environment,
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    seeded = subprocess.run(
        [python, "-P", SEED, str(events)],  # -P: the same directory contains a file named pretix
        env=environment,
        cwd=folder,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    facts = json.loads(seeded.splitlines()[-1])
    return Peer(facts["token"], facts["seats"], facts["events"], environment, python)


def _config(folder: Path) -> str:
    database = conninfo_to_dict(os.environ["DATABASE_URL"])
    redis = os.environ["REDIS_URL"].rstrip("/")
    return "\n".join(
        [
            "[pretix]",
            "instance_name=bench",
            "url=http://127.0.0.1",
            f"datadir={folder}",
            "[database]",
            "backend=postgresql",
            "name=pretix",
            f"user={database['user']}",
            f"password={database['password']}",
            f"host={database['host']}",
            f"port={database['port']}",
            "[redis]",
            f"location={redis}/{REDIS_DATABASE}",
            "sessions=true",
            "[celery]",
            f"broker={redis}/{REDIS_DATABASE + 1}",
            f"backend={redis}/{REDIS_DATABASE + 1}",
            "[mail]",
            "from=bench@localhost",
            "[django]",
            "debug=false",
            "secret=bench",
            "",
        ]
    )


@contextmanager
def serving(peer: Peer, logs: Path) -> Iterator[int]:
    """Yields the port of pretix, with as many processes as its container starts."""
    port = choose_port()
    processes = PROCESSES_PER_CORE * (os.cpu_count() or 1)
    guard = ProcessGroup()
    try:
        child = guard.start(
            Program(
                name="pretix",
                command=[
                    *(str(peer.python), "-m", "granian", "--interface", "wsgi", "--no-ws"),
                    *("--host", LOOPBACK, "--port", str(port)),
                    *("--workers", str(processes), "--blocking-threads", "1"),
                    "pretix.wsgi:application",
                ],
                log=logs / "pretix.log",
                environment=peer.environment,
                rank=10,
                folder=logs,
            )
        )
        try:
            _wait_until_ready(child, port)
            yield port
        finally:
            guard.stop(child)
    finally:
        guard.close()


def _wait_until_ready(child: Child, port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        child.check()
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
        try:
            connection.request("GET", "/healthcheck/")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            pass  # not listening yet
        finally:
            connection.close()
        if time.monotonic() > deadline:
            raise NotReady("pretix did not answer", child.program.log)
        time.sleep(POLL_SECONDS)


def _plain_environment() -> dict[str, str]:
    """Our environment without our project's variables, which another Django project must not
    see."""
    foreign = {"DJANGO_SETTINGS_MODULE", "PYTHONPATH", "VIRTUAL_ENV", "SECRET_KEY"}
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    kept["PATH"] = f"{Path(sys.base_prefix) / 'bin'}:{kept.get('PATH', '')}"
    return kept
