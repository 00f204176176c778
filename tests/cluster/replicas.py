"""A real streaming replica, made with the embedded PostgreSQL's binaries."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from ops.stores import binaries
from ops.stores.ports_and_secrets import LOOPBACK, PortRegistry, SecretFile, choose_port
from ops.stores.postgres import SUPERUSER, Postgres
from ops.stores.process_guard import Child, ProcessGroup
from ops.stores.server_user import choose_server_user

READY_SECONDS = 180.0


def make_postgres(data: Path) -> Postgres:
    """A primary with shipped settings: durable, with a WAL that a replica can follow."""
    ports, secrets = PortRegistry(data / "ports.json"), SecretFile(data / "secrets.json")
    return Postgres(
        data, ports.port("postgres"), secrets.password("super"), secrets.password("postgres")
    )


@contextmanager
def replica_of(primary: Postgres, data: Path, process_group: ProcessGroup) -> Iterator[Postgres]:
    replica = Postgres(data, choose_port(), primary.superuser_password, primary.password)
    child = start_replica(primary, replica, process_group)
    try:
        yield replica
    finally:
        process_group.stop(child)


def start_replica(
    primary: Postgres, replica: Postgres, process_group: ProcessGroup, address: str = LOOPBACK
) -> Child:
    """Copies the ``primary`` at ``address`` and waits until the copy can be read."""
    replica.data.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [
            *(str(binaries.postgres_folder() / "pg_basebackup"), "--write-recovery-conf"),
            *("--pgdata", str(replica.folder), "--checkpoint", "fast", "--dbname"),
            f"postgres://{SUPERUSER}:{primary.superuser_password}@{address}:{primary.port}/postgres",
        ],
        check=True,
        capture_output=True,
    )
    choose_server_user(binaries.postgres_folder() / "postgres", replica.folder).own(replica.folder)
    child = replica.launch(process_group)
    try:
        _wait(replica)
    except BaseException:
        process_group.stop(child)
        raise
    return child


def wait_until_caught_up(primary: Postgres, replica: Postgres) -> None:
    [position] = _ask(primary.url, "SELECT pg_current_wal_insert_lsn()")
    deadline = time.monotonic() + READY_SECONDS
    while not _ask(replica.url, f"SELECT pg_last_wal_replay_lsn() >= '{position}'")[0]:
        if time.monotonic() > deadline:
            raise AssertionError("the replica does not follow")
        time.sleep(0.05)


def superuser(postgres: Postgres, statement: str) -> None:
    url = postgres._url(SUPERUSER, postgres.superuser_password, "layar")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _ask(url: str, query: str) -> tuple[object, ...]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchone() or ()


def _wait(replica: Postgres) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            psycopg.connect(replica.url).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise AssertionError(replica.log.read_text()) from None
            time.sleep(0.1)
        else:
            return
