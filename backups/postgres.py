"""PostgreSQL's programs, and databases other than the configured one."""

from __future__ import annotations

import os
import re
import subprocess
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from dbbackup.db.base import get_connector
from django.db import connection, connections
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from backups.errors import BackupUnusable, RestoreRefused

Progress = Callable[[str], None]

MAINTENANCE_DATABASE = "postgres"  # a connected database cannot be renamed or dropped
NAME_BYTES_MAX = 63
LIST_SECONDS_MAX = 60
REASON_LINES = 3
RESTORE_OPTIONS = ("--no-owner", "--no-privileges", "--exit-on-error", "--verbose")
TABLE_DATA = re.compile(r"^\d+; \d+ \d+ TABLE DATA public (\S+) ", re.MULTILINE)
DUMPED_FROM = re.compile(r"^; +Dumped from database version: (\d+)", re.MULTILINE)
RESTORING = re.compile(r'processing data for table "public\.([^"]+)"')
# libpq's options and their environment variables, for pg_dump and pg_restore. Not ``options``: our
# timeouts are for requests.
VARIABLES = {
    option.keyword.decode(): option.envvar.decode()
    for option in psycopg.pq.Conninfo.get_defaults()
    if option.envvar and option.keyword not in (b"dbname", b"options")
}


def live_name() -> str:
    return str(connection.settings_dict["NAME"])


def check_dump(dump: Path, row_counts: dict[str, int]) -> None:
    """Raise BackupUnusable unless ``pg_restore`` can read it and it has every table."""
    listed = subprocess.run(
        [_pg_restore(), "--list", str(dump)],
        capture_output=True,
        text=True,
        timeout=LIST_SECONDS_MAX,
        env=_environment(),
        check=False,
    )
    if listed.returncode:
        raise BackupUnusable(f"pg_restore cannot read the dump: {listed.stderr.strip()}")
    missing = sorted(set(row_counts) - set(TABLE_DATA.findall(listed.stdout)))
    if missing:
        raise BackupUnusable(f"the dump has no data of {', '.join(missing)}")
    dumped_from = DUMPED_FROM.search(listed.stdout)
    with _maintenance() as postgres:
        server = postgres.info.server_version // 10_000
    if dumped_from and int(dumped_from[1]) > server:
        raise BackupUnusable(
            f"it was made by PostgreSQL {dumped_from[1]}; this server is {server} and older"
        )


def restore_dump(dump: Path, name: str, tables: int, progress: Progress) -> None:
    """Fill the empty database ``name``. Raises BackupUnusable at the first error."""
    with subprocess.Popen(
        [_pg_restore(), *RESTORE_OPTIONS, f"--dbname={name}", str(dump)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(),
    ) as process:
        try:
            done, last = 0, deque[str](maxlen=REASON_LINES)
            for line in process.stderr or ():
                last.append(line.strip())
                if found := RESTORING.search(line):
                    done += 1
                    progress(f"table {done} of {tables}: {found[1]}")
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise BackupUnusable(f"pg_restore failed: {' '.join(last)}")


def count_rows(cursor: CursorWrapper) -> dict[str, int]:
    """Row counts of every table in the public schema."""
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    counts = {}
    for (table,) in cursor.fetchall():
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
        counts[table] = cursor.fetchone()[0]
    return counts


def exists(name: str) -> bool:
    with _maintenance() as postgres:
        return _exists(postgres, name)


def create(name: str) -> None:
    """Raises RestoreRefused if there is a database of that name."""
    if len(name.encode()) > NAME_BYTES_MAX:
        raise RestoreRefused(f"{name} is too long for the name of a database")
    with _maintenance() as postgres:
        if _exists(postgres, name):
            raise RestoreRefused(f"there is a database {name} already; nothing was touched")
        postgres.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))
        )


def drop(name: str) -> None:
    if name == live_name():
        raise RestoreRefused(f"{name} is the database that is in use")
    with _maintenance() as postgres:
        postgres.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def sessions(name: str) -> int:
    """Number of connections to a database. Closes our own first."""
    connections.close_all()
    with _maintenance() as postgres:
        row = postgres.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [name]
        ).fetchone()
    return int(row[0]) if row else 0


def swap(new: str, live: str, old: str) -> None:
    """Rename ``live`` to ``old`` and ``new`` to ``live`` in one transaction."""
    connections.close_all()
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with _maintenance() as postgres:
        try:
            with postgres.transaction():
                if _exists(postgres, live):
                    postgres.execute(rename.format(sql.Identifier(live), sql.Identifier(old)))
                postgres.execute(rename.format(sql.Identifier(new), sql.Identifier(live)))
        except psycopg.Error as error:
            raise RestoreRefused(f"the databases could not be renamed: {error}") from error


@contextmanager
def inside(name: str, *, read_only: bool = True) -> Iterator[None]:
    """Redirect this thread's queries to the database ``name`` while the block lasts."""
    usual = connections["default"]
    other = usual.copy()
    other.settings_dict["NAME"] = name
    options: dict[str, Any] = other.settings_dict["OPTIONS"]
    options.pop("pool", None)
    if read_only:
        given = options.get("options", "")
        options["options"] = f"{given} -c default_transaction_read_only=on".strip()
    connections["default"] = other
    try:
        yield
    finally:
        other.close()
        connections["default"] = usual


def _exists(postgres: psycopg.Connection[Any], name: str) -> bool:
    found = postgres.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    return found.fetchone() is not None


def _maintenance() -> psycopg.Connection[Any]:
    return psycopg.connect(**_reach(), dbname=MAINTENANCE_DATABASE, autocommit=True)


def _reach() -> dict[str, Any]:
    parameters = connection.get_connection_params()
    return {name: parameters[name] for name in VARIABLES if parameters.get(name)}


def _environment() -> dict[str, str]:
    """Environment of the programs, in English because their output is parsed."""
    return {**os.environ, **libpq_variables(), "LC_ALL": "C"}


def libpq_variables() -> dict[str, str]:
    """Connection options of pg_dump and pg_restore: host, user, certificates, …"""
    return {VARIABLES[name]: str(value) for name, value in _reach().items()}


def _pg_restore() -> str:
    return str(get_connector().restore_cmd)
