"""A real PgBouncer with the shipped configuration, in front of a test's PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

from ops.runner.cli import ROOT
from ops.stores.ports_and_secrets import LOOPBACK, choose_port, write_private
from ops.stores.server_user import choose_server_user
from tests.cluster.programs import program

CONFIGURATION = ROOT / "deploy" / "pgbouncer" / "pgbouncer.ini"
READY_SECONDS = 120.0


@contextmanager
def pgbouncer(folder: Path, postgres_port: int, password: str, *settings: str) -> Iterator[str]:
    """Yields the pooled database URL; PostgreSQL may start later."""
    port = choose_port()
    folder.mkdir(parents=True, exist_ok=True)
    write_private(folder / "userlist.txt", f'"layar" "{password}"\n')
    text = CONFIGURATION.read_text()
    text = text.replace("port=5432", f"port={postgres_port}").replace("= 6432", f"= {port}")
    text = text.replace("/etc/pgbouncer/userlist.txt", str(folder / "userlist.txt"))
    text = "\n".join([text, "unix_socket_dir =", *settings, ""])
    (folder / "pgbouncer.ini").write_text(text)
    account = choose_server_user(program("pgbouncer"), folder)  # it refuses to run as root
    account.own(folder)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*account.prefix, str(program("pgbouncer")), str(folder / "pgbouncer.ini")],
            stdout=log,
            stderr=log,
            env=dict(os.environ),
        )
    url = f"postgres://layar:{quote(password, safe='')}@{LOOPBACK}:{port}"
    try:
        _wait(f"{url}/pgbouncer", process, folder / "log")
        yield f"{url}/layar"
    finally:
        process.terminate()
        process.wait(10)


def transactions(url: str) -> int:
    """Number of transactions that the pooler has handled for the database."""
    console = url.removesuffix("/layar") + "/pgbouncer"
    with psycopg.connect(console, autocommit=True) as connection:
        cursor = connection.execute("SHOW STATS_TOTALS")
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return next((int(row["xact_count"]) for row in rows if row["database"] == "layar"), 0)


def _wait(console: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            psycopg.connect(console, autocommit=True).close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"pgbouncer: {error}\n{log.read_text()}") from None
            time.sleep(0.05)
        else:
            return
