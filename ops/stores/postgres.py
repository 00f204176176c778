"""An embedded PostgreSQL: its own folder, port, passwords and process."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from ops.stores import binaries
from ops.stores.errors import NotReady, StartError
from ops.stores.ports_and_secrets import LOOPBACK, write_private
from ops.stores.process_guard import POLL_SECONDS, Child, ProcessGroup, Program
from ops.stores.server_user import Account, choose_account
from ops.stores.stale_processes import end_leftover

SUPERUSER = "postgres"
ROLE = DATABASE = "layar"
READY_SECONDS = 60.0  # crash recovery of a busy day may take a while
INITDB_SECONDS = 120.0
SOCKET_PATH_BYTES_MAX = 100  # the system's limit is 104 to 108, name included
RANK = 80

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",  # solid-state disks
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "jit": "off",  # every query here is short
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %a ",
    "log_lock_waits": "on",
    "log_min_duration_statement": "500ms",
}
# Fast, and worthless after a crash of the machine.
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "log_min_duration_statement": "-1",
}


@dataclass(frozen=True)
class Postgres:
    data: Path
    port: int
    superuser_password: str
    password: str
    throwaway: bool = False

    @property
    def folder(self) -> Path:
        return self.data / "postgres"

    @property
    def log(self) -> Path:
        return self.data / "logs" / "postgres.log"

    @cached_property
    def socket_folder(self) -> Path:
        folder = self.data / "socket"
        if len(os.fsencode(folder / f".s.PGSQL.{self.port}")) <= SOCKET_PATH_BYTES_MAX:
            return folder
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"layar-{os.geteuid()}-{digest}"

    @property
    def url(self) -> str:
        return self._url(ROLE, self.password, DATABASE)

    def _url(self, role: str, password: str, database: str) -> str:
        host = quote(str(self.socket_folder), safe="")
        return f"postgres://{role}:{quote(password, safe='')}@{host}:{self.port}/{database}"

    def start(self, guard: ProcessGroup) -> Child:
        """Starts the server, on first use after making its folder, and waits until it answers."""
        child = self.launch(guard)
        try:
            self._wait_until_ready(child, guard)
            self._make_database()
        except BaseException:
            guard.stop(child)
            raise
        return child

    def launch(self, guard: ProcessGroup) -> Child:
        """Starts the server and does not wait for it."""
        self._check_version()
        account = choose_account(binaries.postgres_folder() / "postgres", self.folder)
        self._prepare_folders(account)
        if not self.folder.exists():
            self._make_cluster(account)
        self._end_leftover()
        return guard.start(self._program(account))

    def _program(self, account: Account) -> Program:
        settings = SETTINGS | (THROWAWAY_SETTINGS if self.throwaway else {})
        settings |= {"port": str(self.port), "unix_socket_directories": str(self.socket_folder)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        server = binaries.postgres_folder() / "postgres"
        return Program(
            name="postgres",
            command=[*account.prefix, str(server), "-D", str(self.folder), *options],
            log=self.log,
            environment={**_plain_environment(), "LC_ALL": "C"},
            rank=RANK,
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
            patience_seconds=30.0,
        )

    def _check_version(self) -> None:
        version = self.folder / "PG_VERSION"
        if version.exists() and version.read_text().strip() != str(binaries.POSTGRES_MAJOR):
            raise StartError(
                f"{self.folder} was made by PostgreSQL {version.read_text().strip()}; this is"
                f" {binaries.POSTGRES_MAJOR}. Dump it with the old one, or use another --data."
            )

    def _prepare_folders(self, account: Account) -> None:
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.socket_folder.stat().st_uid not in (os.geteuid(), account.owner_id):
            raise StartError(f"{self.socket_folder} belongs to somebody else")
        account.own(self.socket_folder)
        if account.owner_id != os.geteuid():
            self.data.chmod(0o711)  # the server's account passes through
            if self.folder.exists():
                account.own(self.folder)

    def _make_cluster(self, account: Account) -> None:
        """Makes the folder beside its place and moves it there whole."""
        draft = self.folder.with_name("postgres.new")
        if draft.exists():
            subprocess.run(["rm", "-rf", str(draft)], check=True)
        draft.mkdir(mode=0o700)
        password = draft / "password"
        write_private(password, self.superuser_password)
        account.own(draft)
        command = [
            *(*account.prefix, str(binaries.postgres_folder() / "initdb")),
            *("--pgdata", str(draft / "cluster"), "--username", SUPERUSER),
            *("--auth", "scram-sha-256", "--pwfile", str(password), "--encoding", "UTF8"),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
            *(("--no-sync",) if self.throwaway else ()),
        ]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            result = subprocess.run(
                command,
                stdout=log,
                stderr=log,
                env=_plain_environment(),
                cwd="/",
                timeout=INITDB_SECONDS,
                check=False,
            )
        if result.returncode != 0:
            raise StartError("initdb could not make the database's folder", self.log)
        password.unlink()
        (draft / "cluster").rename(self.folder)
        draft.rmdir()

    def _end_leftover(self) -> None:
        """Stops a server of an earlier run on this folder; forgets a number taken by another."""
        note = self.folder / "postmaster.pid"
        end_leftover(note, os.fsencode(self.folder), signal.SIGINT, self.log)
        note.unlink(missing_ok=True)

    def _wait_until_ready(self, child: Child, guard: ProcessGroup) -> None:
        note = self.folder / "postmaster.pid"
        deadline = time.monotonic() + READY_SECONDS
        while True:
            child.check()
            if note.exists() and "\nready" in note.read_text():
                return
            if time.monotonic() > deadline:
                raise NotReady(f"PostgreSQL did not answer in {READY_SECONDS:.0f} s", self.log)
            guard.pause(POLL_SECONDS)

    def _make_database(self) -> None:
        try:
            psycopg.connect(self.url, connect_timeout=10).close()
        except psycopg.OperationalError:
            pass
        else:
            return
        url = self._url(SUPERUSER, self.superuser_password, "postgres")
        role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", ROLE):
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(role))
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(self.password))
            )
            if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))


def _exists(connection: psycopg.Connection, query: str, name: str) -> bool:
    return connection.execute(sql.SQL(query), (name,)).fetchone() is not None


def _plain_environment() -> dict[str, str]:
    """Ours without PG… variables, which would redirect the server and its tools."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PG")}
