"""``manage.py backup``: make a complete backup now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backups import backup
from backups.errors import BackupError


class Command(BaseCommand):
    help = "Make a complete backup of the database. Exits non-zero unless it is whole."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = backup.run_backup(timezone.now())
        except BackupError as error:
            raise CommandError(f"no backup was made: {error}") from error
        rows = sum(run.row_counts.values())
        self.stdout.write(
            f"{run.file_name}  {run.size_bytes} bytes  {rows} rows  sha256 {run.sha256}"
        )
