"""Verification of a restored copy. Apps above register their own checks.

A check may store a witness in the backup: a short text taken when the backup is made and passed
back to it after the restore. It must hold no personal data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from backups import postgres
from backups.archive.contents import Manifest
from backups.postgres import Progress


@dataclass(frozen=True)
class Check:
    """``problems`` runs inside the restored database, read-only."""

    name: str
    problems: Callable[[str], Iterable[str]]
    witness: Callable[[], str] | None = None


checks: dict[str, Check] = {}


def register(check: Check) -> None:
    checks[check.name] = check


def take_witnesses() -> dict[str, str]:
    return {name: check.witness() for name, check in checks.items() if check.witness}


def verify(name: str, manifest: Manifest, progress: Progress) -> list[str]:
    """Problems of the database ``name``, restored from a backup.

    A backup older than the program is migrated first.
    """
    with postgres.inside(name):
        problems = _wrong_counts(manifest)
        progress(f"rows of {len(manifest.row_counts)} tables counted")
        unknown, pending = _migrations()
    problems += [f"migration {each} is unknown to this program: it is too old" for each in unknown]
    if problems:
        return problems
    if pending:
        progress(f"{pending} migrations are applied: the backup is older than the program")
        with postgres.inside(name, read_only=False):
            call_command("migrate", interactive=False, verbosity=0)
    with postgres.inside(name):
        for check in checks.values():
            problems += _found_by(check, manifest.witnesses.get(check.name, ""))
            progress(f"checked: {check.name}")
    return problems


def _wrong_counts(manifest: Manifest) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        found = postgres.count_rows(cursor)
    return [
        f"{table} has {found.get(table, 'no')} rows, the backup had {rows}"
        for table, rows in sorted(manifest.row_counts.items())
        if found.get(table) != rows
    ]


def _migrations() -> tuple[list[str], int]:
    """Migrations in the database that we do not know, and how many it lacks."""
    loader = MigrationLoader(connection)
    # A squashed migration stands for those it replaces.
    replaced = {each for squashed in loader.replacements.values() for each in squashed.replaces}
    ours = set(loader.disk_migrations or ())
    unknown = set(loader.applied_migrations) - ours - replaced
    pending = set(loader.graph.nodes) - set(loader.applied_migrations)
    return sorted(".".join(each) for each in unknown), len(pending)


def _found_by(check: Check, witness: str) -> list[str]:
    try:
        return [f"{check.name}: {problem}" for problem in check.problems(witness)]
    except DatabaseError as error:
        return [f"{check.name}: {error}"]
