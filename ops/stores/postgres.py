"""Embedded PostgreSQL: folder, port, passwords and process."""

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
from ops.stores.server_user import ServerUser, choose_server_user
from ops.stores.stale_processes import stop_stale_process

SUPERUSER = "postgres"
ROLE = DATABASE = "layar"
READY_SECONDS = 60.0  # crash recovery may take a while
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
# Fast, and not crash-safe.
EPHEMERAL_SETTINGS = {
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
    ephemeral: bool = False

    @property
    def folder(self) -> Path:
        return self.data / "postgres"

    @property
    def log(self) -> Path:
        return self.data / "logs" / "postgres.log"

    @cached_property
    def socket_folder(self) -> Path:
        folder = self.data / "socket"
        length = len(os.fsencode(folder / f".s.PGSQL.{self.port}"))
        # In an address, a comma separates two servers.
        if length <= SOCKET_PATH_BYTES_MAX and "," not in str(folder):
            return folder
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"layar-{os.geteuid()}-{digest}"

    @property
    def url(self) -> str:
        return self._url(ROLE, self.password, DATABASE)

    def _url(self, role: str, password: str, database: str) -> str:
        host = quote(str(self.socket_folder), safe="")
        return f"postgres://{role}:{quote(password, safe='')}@{host}:{self.port}/{database}"

    def start(self, process_group: ProcessGroup) -> Child:
        """Starts the server, creating its cluster on first use, and waits until it is ready."""
        child = self.launch(process_group)
        try:
            self._wait_until_ready(child, process_group)
            self._make_database()
        except BaseException:
            process_group.stop(child)
            raise
        return child

    def launch(self, process_group: ProcessGroup) -> Child:
        """Starts the server without waiting for it."""
        self._check_version()
        account = choose_server_user(binaries.postgres_folder() / "postgres", self.folder)
        self._prepare_folders(account)
        if not self.folder.exists():
            self._make_cluster(account)
        self._stop_stale_server()
        return process_group.start(self._program(account))

    def _program(self, account: ServerUser) -> Program:
        settings = SETTINGS | (EPHEMERAL_SETTINGS if self.ephemeral else {})
        folders = '"{}"'.format(str(self.socket_folder).replace('"', '""'))
        settings |= {"port": str(self.port), "unix_socket_directories": folders}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        server = binaries.postgres_folder() / "postgres"
        return Program(
            name="postgres",
            command=[*account.prefix, str(server), "-D", str(self.folder), *options],
            log=self.log,
            environment={**_environment(), "LC_ALL": "C"},
            rank=RANK,
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
            stop_timeout_seconds=30.0,
        )

    def _check_version(self) -> None:
        version = self.folder / "PG_VERSION"
        if version.exists() and version.read_text().strip() != str(binaries.POSTGRES_MAJOR):
            raise StartError(
                f"{self.folder} was made by PostgreSQL {version.read_text().strip()}; this is"
                f" {binaries.POSTGRES_MAJOR}. Dump it with the old one, or use another --data."
            )

    def _prepare_folders(self, account: ServerUser) -> None:
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.socket_folder.stat().st_uid not in (os.geteuid(), account.owner_id):
            raise StartError(f"{self.socket_folder} belongs to another user")
        account.own(self.socket_folder)
        if account.owner_id != os.geteuid():
            self.data.chmod(0o711)  # the server's user needs to enter it
            if self.folder.exists():
                account.own(self.folder)

    def _make_cluster(self, account: ServerUser) -> None:
        """Runs initdb in a temporary folder, then renames it: a cluster is complete or absent."""
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
            *(("--no-sync",) if self.ephemeral else ()),
        ]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            result = subprocess.run(
                command,
                stdout=log,
                stderr=log,
                env=_environment(),
                cwd="/",
                timeout=INITDB_SECONDS,
                check=False,
            )
        if result.returncode != 0:
            raise StartError("initdb could not create the database cluster", self.log)
        password.unlink()
        (draft / "cluster").rename(self.folder)
        draft.rmdir()

    def _stop_stale_server(self) -> None:
        """Stops a server of an earlier run on this folder and removes a stale pid file."""
        pid_file = self.folder / "postmaster.pid"
        stop_stale_process(pid_file, os.fsencode(self.folder), signal.SIGINT, self.log)
        pid_file.unlink(missing_ok=True)

    def _wait_until_ready(self, child: Child, process_group: ProcessGroup) -> None:
        pid_file = self.folder / "postmaster.pid"
        deadline = time.monotonic() + READY_SECONDS
        while True:
            child.check()
            if pid_file.exists() and "\nready" in pid_file.read_text():
                return
            if time.monotonic() > deadline:
                raise NotReady(
                    f"PostgreSQL did not become ready in {READY_SECONDS:.0f} s", self.log
                )
            process_group.pause(POLL_SECONDS)

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


def _environment() -> dict[str, str]:
    """Our environment without PG… variables, which would redirect the server and its tools."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PG")}
