"""Two databases with the demo chain that differ only in the length of their history."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

ROOT = Path(__file__).resolve().parent.parent


def url_of(name: str) -> str:
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"


def make(name: str, tickets: int, template: str | None = None) -> None:
    """Create the database unless it exists. With ``template``, earlier weeks are added to its copy
    and today's data stay unchanged."""
    connections.close_all()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
        server.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    for arguments in (["migrate", "-v0"], ["seed_demo", "--history", str(tickets)]):
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": url_of(name), "DATABASE_TIMEOUTS": "false"},
            check=True,
            stdout=subprocess.DEVNULL if tickets < 100_000 else None,
        )
    with psycopg.connect(url_of(name), autocommit=True) as database:
        database.execute("VACUUM (ANALYZE)")


@contextmanager
def databases(names: list[str]) -> Iterator[None]:
    """Open connections to all of them, between which ``use`` switches."""
    usual = connections[DEFAULT_DB_ALIAS]
    for name in names:
        one = connections.create_connection(DEFAULT_DB_ALIAS)
        one.settings_dict = {**one.settings_dict, "NAME": name}
        _open[name] = one
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = usual
        for name in names:
            _open.pop(name).close()


def use(name: str) -> None:
    """Route this process's queries to that database."""
    connections[DEFAULT_DB_ALIAS] = _open[name]


_open: dict[str, Any] = {}
