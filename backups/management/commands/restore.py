"""``manage.py restore``: a backup into a new database, verified, then optionally swapped in."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations
from django.utils import timezone

from backups import postgres, restore
from backups.errors import BackupError
from backups.restore import Names


class Command(BaseCommand):
    help = "Restore a backup into a new database and verify it there. Overwrites nothing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="its name in the store, or a path; the newest")
        parser.add_argument("--into", metavar="NAME", help="name of the new database")
        parser.add_argument("--key", type=Path, help="file with an age private key")
        parser.add_argument(
            "--swap", action="store_true", help="put it in the place of the one in use, once right"
        )
        parser.add_argument("--yes", action="store_true", help="do not ask before the swap")
        parser.add_argument(
            "--dry-run", action="store_true", help="check the backup, tell what would be done"
        )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        self.began = time.monotonic()
        names = restore.names(options["into"], timezone.now())
        try:
            if options["swap"]:
                restore.check_no_connections(names)
            file = options["file"] or restore.newest()
            self._progress(f"opening {file}")
            with restore.opened(file, options["key"]) as backup:
                self._progress("the backup is whole")
                if options["dry_run"]:
                    restore.check_free(names)
                    return self._tell_plan(names, options["swap"])
                restore.restore(backup, names, self._progress, timezone.now())
                made_at = backup.manifest.started_at if backup.manifest else ""
            self._progress(f"{names.into} is right")
            if options["swap"]:
                self._swap(names, options["yes"])
                self.stdout.write(f"now: manage.py recover_payments --since {made_at}")
        except BackupError as error:
            raise CommandError(str(error)) from error

    def _swap(self, names: Names, is_agreed: bool) -> None:
        if not is_agreed:
            self.stdout.write(f"{names.into} takes the place of {names.live}.")
            if input(f"Type {names.live} to go on: ") != names.live:
                raise CommandError(f"not swapped; the restored copy is {names.into}")
        restore.swap(names)
        before = f"; the one before is {names.kept}" if postgres.exists(names.kept) else ""
        self._progress(f"{names.live} is the restored one{before}")

    def _tell_plan(self, names: Names, is_swap: bool) -> None:
        self.stdout.write(f"would restore into {names.into}, media into {names.media_into}")
        if is_swap:
            self.stdout.write(f"would keep {names.live} as {names.kept} and take its place")

    def _progress(self, line: str) -> None:
        self.stdout.write(f"{time.monotonic() - self.began:6.1f} s  {line}")
