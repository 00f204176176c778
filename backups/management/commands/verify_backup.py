"""``manage.py verify_backup``: verify a backup file without restoring it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from backups import restore
from backups.errors import BackupError


class Command(BaseCommand):
    help = "Check a backup's checksum, encryption and contents. Exits non-zero unless it is whole."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="its name in the store, or a path; the newest")
        parser.add_argument("--key", type=Path, help="file with an age private key")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        name = options["file"]
        try:
            name = name or restore.newest()
            with restore.opened(name, options["key"], may_stay_encrypted=True) as backup:
                self._tell(backup)
        except BackupError as error:
            raise CommandError(f"{name or 'backup'}: {error}") from error

    def _tell(self, backup: restore.Opened) -> None:
        whole = backup.whole
        self.stdout.write(f"{backup.name}  {whole.size_bytes} bytes  sha256 {whole.sha256}")
        if backup.is_known:
            self.stdout.write("the checksum is the one of the backup that was made")
        elif backup.manifest is None:
            raise CommandError("no backup run has its checksum and it is encrypted: pass its --key")
        if backup.manifest is None:
            self.stdout.write("encrypted; to check what is in it, give its --key")
            return
        manifest = backup.manifest
        media = "kept elsewhere" if manifest.media_files is None else manifest.media_files
        self.stdout.write(
            f"whole: made {manifest.started_at}, {len(manifest.row_counts)} tables,"
            f" {sum(manifest.row_counts.values())} rows, media files: {media}"
        )
