"""Point-in-time recovery from a base backup and archived WAL with the files of deploy/postgres."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from ops.stores import binaries
from ops.stores.server_user import ServerUser, choose_server_user

pytestmark = pytest.mark.runtime

DEPLOY = Path(__file__).resolve().parent.parent.parent / "deploy" / "postgres"
READY_SECONDS_MAX = 60.0
POLL_SECONDS = 0.1


class Cluster:
    """One folder of PostgreSQL, reached through a socket in ``folder``'s parent."""

    def __init__(self, folder: Path, account: ServerUser) -> None:
        self.folder, self.account = folder, account

    def tool(self, name: str, *arguments: str) -> None:
        program = binaries.postgres_folder() / name
        subprocess.run(
            [*self.account.prefix, str(program), *arguments],
            check=True,
            capture_output=True,
            cwd="/",
            env=os.environ | {"PGHOST": str(self.folder.parent), "PGUSER": "postgres"},
        )

    def include(self, conf: str) -> None:
        with (self.folder / "postgresql.conf").open("a") as file:
            file.write(conf)

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.folder.parent), user="postgres", dbname="postgres", autocommit=True
        )

    @contextmanager
    def running(self) -> Iterator[psycopg.Connection]:
        """Runs the server and kills it at the end, as in a power failure."""
        server = subprocess.Popen(
            [
                *(*self.account.prefix, str(binaries.postgres_folder() / "postgres")),
                *("-D", str(self.folder), "-c", "listen_addresses="),
                *("-c", f"unix_socket_directories={self.folder.parent}"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        try:
            with self._connected() as connection:
                yield connection
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait(READY_SECONDS_MAX)

    def _connected(self) -> psycopg.Connection:
        deadline = time.monotonic() + READY_SECONDS_MAX
        while True:
            try:
                connection = self.connect()
                if not connection.execute("SELECT pg_is_in_recovery()").fetchone()[0]:  # type: ignore[index]
                    return connection
                connection.close()
            except psycopg.OperationalError:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError("PostgreSQL did not become ready")
            time.sleep(POLL_SECONDS)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "wal"
    folder.mkdir()
    return folder


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    account = choose_server_user(binaries.postgres_folder() / "postgres", tmp_path / "data")
    made = Cluster(tmp_path / "data", account)
    made.folder.mkdir(mode=0o700)
    account.own(tmp_path)
    made.tool("initdb", "--pgdata", str(made.folder), "--username", "postgres", "--auth", "trust")
    return made


def conf(name: str, archive: Path, moment: str = "") -> str:
    """A file of deploy/postgres with this test's folders in place of an operator's."""
    lines = (DEPLOY / name).read_text()
    lines = lines.replace("/opt/layar/deploy/postgres", str(DEPLOY)).replace(
        "/srv/wal", str(archive)
    )
    return lines.replace("2026-11-23 11:30:00+07", moment)


def archived(connection: psycopg.Connection, archive: Path) -> None:
    """Waits until everything written so far has been archived."""
    [name] = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone() or ("",)
    deadline = time.monotonic() + READY_SECONDS_MAX
    while not (archive / name).exists():
        assert time.monotonic() < deadline
        time.sleep(POLL_SECONDS)


def test_point_in_time_recovery_restores_sales_before_the_target_time(
    cluster: Cluster, archive: Path, tmp_path: Path
) -> None:
    cluster.include(conf("archiving.conf", archive))
    base = Cluster(tmp_path / "base", cluster.account)
    with cluster.running() as connection:
        connection.execute("CREATE TABLE sale (seat text PRIMARY KEY)")
        connection.execute("INSERT INTO sale VALUES ('before the base backup')")
        cluster.tool("pg_basebackup", "--pgdata", str(base.folder), "--checkpoint", "fast")
        connection.execute("INSERT INTO sale VALUES ('after it')")
        [moment] = connection.execute("SELECT clock_timestamp()::text").fetchone() or ("",)
        connection.execute("SELECT pg_sleep(0.05)")
        connection.execute("DELETE FROM sale")
        archived(connection, archive)
    subprocess.run(["rm", "-rf", str(cluster.folder)], check=True)

    base.include(conf("recovery.conf", archive, moment))
    (base.folder / "recovery.signal").touch()
    cluster.account.own(tmp_path)
    with base.running() as connection:
        rows = connection.execute("SELECT seat FROM sale ORDER BY seat").fetchall()
    assert rows == [("after it",), ("before the base backup",)]


def test_archive_never_replaces_a_piece_by_another(tmp_path: Path) -> None:
    piece, kept = tmp_path / "piece", tmp_path / "kept"
    piece.write_text("one")

    def keep() -> int:
        return subprocess.run([DEPLOY / "archive-wal", piece, kept], check=False).returncode

    outcomes = [keep(), keep()]
    piece.write_text("another")
    outcomes.append(keep())
    assert (outcomes, kept.read_text(), list(tmp_path.glob("*.part"))) == ([0, 0, 1], "one", [])
