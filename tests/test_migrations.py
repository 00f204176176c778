"""Every migration lets the program before it go on: a rolling restart has both for a while.

docs/deployment.md ("Migrations during operation") describes how to make the refused changes in
steps. ``BASELINE`` names what came before there was anybody to disturb; nothing is added to it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.apps import apps
from django_migration_linter import MigrationLinter

ROOT = Path(__file__).resolve().parent.parent
# Before the first release. Some add columns that must be filled, one drops a table.
BASELINE = frozenset(
    {
        ("accounts", "0002_user_wants_sms"),
        ("bookings", "0004_longer_payment_addresses"),
        ("bookings", "0005_voucher_rules"),
        ("bookings", "0006_cancellation_terms"),
        ("movies", "0002_cinema_payment_providers"),
        ("movies", "0004_posts_instead_of_managers"),
    }
)
# Going back is by a new migration; nobody reverses one on a database that sells.
NOT_ASKED = ("RUNPYTHON_REVERSIBLE", "RUNSQL_REVERSIBLE")


def test_migrations_can_be_applied_while_people_buy(
    django_db_setup: None, django_db_blocker: Any
) -> None:
    """Outside of a transaction, where an index that is built concurrently can be spelled out."""
    with django_db_blocker.unblock():
        found = refused()

    assert (sorted(found - BASELINE), sorted(BASELINE - found)) == ([], [])


def refused() -> set[tuple[str, str]]:
    linter = MigrationLinter(
        analyser_string="postgresql",
        no_cache=True,
        no_output=True,
        exclude_migration_tests=NOT_ASKED,
    )
    ours = {
        config.label
        for config in apps.get_app_configs()
        if ROOT in Path(config.path).parents and ".venv" not in config.path
    }
    found = set()
    for (app, name), migration in linter.migration_loader.disk_migrations.items():
        if app not in ours:
            continue
        linter.reset_counters()
        linter.lint_migration(migration)
        if linter.has_errors:
            found.add((app, name))
    return found
