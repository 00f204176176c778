"""Only `seating.holds` writes the seats of showtimes (docs/locking.md, "One writer")."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

APPS = (
    "accounts", "backups", "bookings", "cinema_project", "core", "movies", "notifications", "ops",
    "reports", "sandbox_bank", "seating",
)  # fmt: skip
WRITE = re.compile(
    # UPDATE seating_showtimeseat …, and ShowtimeSeat.objects….update(…) over several lines
    r"(UPDATE|INSERT INTO|DELETE FROM)\s+seating_showtimeseat"
    r"|ShowtimeSeat\.objects(?:\s*\.\w+\((?:[^()]|\([^()]*\))*\))*?"
    r"\s*\.(?:update|delete|bulk_update|bulk_create|create|get_or_create|update_or_create)\("
)


def writers() -> set[str]:
    base = Path(settings.BASE_DIR)
    files = [path for app in APPS for path in (base / app).rglob("*.py")]
    return {
        str(path.relative_to(base))
        for path in files
        if "migrations" not in path.parts and WRITE.search(path.read_text())
    }


def test_only_holds_write_seats_of_showtimes() -> None:
    assert writers() == {
        "seating/holds/best_statement.py",
        "seating/holds/locking.py",
        "seating/holds/statements.py",
        "seating/holds/stock.py",
    }
