"""When the first backup is made, and when older ones may be deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage

from backups import backup
from backups.errors import BackupFailed
from backups.models import BackupRun, BackupStatus

pytestmark = pytest.mark.django_db(transaction=True)

AT = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


def test_backup_that_was_not_written_whole_costs_no_older_one(
    folder: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = [backup.run_backup(AT + timedelta(hours=hour)).file_name for hour in range(2)]
    settings.BACKUP_KEEP_COUNT = 1
    save = FileSystemStorage.save

    def save_less(self: FileSystemStorage, name: str, content: File[bytes]) -> str:
        return save(self, name, ContentFile(content.read()[:-1]))

    monkeypatch.setattr(FileSystemStorage, "save", save_less)
    with pytest.raises(BackupFailed, match="differs from the dump"):
        backup.run_backup(AT + timedelta(hours=4))

    assert sorted(file.name for file in folder.iterdir()) == older


def test_first_backup_is_made_at_once_and_tried_again_after_a_while(folder: Path) -> None:
    BackupRun.objects.create(status=BackupStatus.FAILED, started_at=AT, finished_at=AT)
    times = [AT + timedelta(minutes=minutes) for minutes in (3, 31, 34, 300)]

    runs = [backup.run_first_backup(at) for at in times]

    assert [run is not None for run in runs] == [False, True, False, False]
