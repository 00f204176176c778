"""A migrated database that test processes copy: migrating takes longer than many tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
NAME, DRAFT = "layar_template", "layar_template_draft"
LOCK = 7_301_114_205  # an advisory lock: one process migrates, the others wait


def migrated_template(database_url: str) -> str:
    """Return the name of the template in the cluster of ``database_url``, made at first use."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET lock_timeout = 0")
        connection.execute("SET statement_timeout = 0")
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
        if found.fetchone() is None:
            _migrate(connection, database_url)
    return NAME


def _migrate(connection: psycopg.Connection, database_url: str) -> None:
    draft, name = sql.Identifier(DRAFT), sql.Identifier(NAME)
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(draft))
    connection.execute(sql.SQL("CREATE DATABASE {}").format(draft))
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "cinema_project.settings",
            "DATABASE_URL": urlunsplit(urlsplit(database_url)._replace(path=f"/{DRAFT}")),
            "DATABASE_TIMEOUTS": "false",
        },
        check=True,
    )
    connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(draft, name))
