"""Backups in an S3 bucket, over real HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from backups import backup
from backups.errors import BackupFailed
from backups.models import BackupRun
from backups.restore import newest, store
from tests.backups.conftest import BUCKET
from tests.factories import make_showtime

ROOT = Path(__file__).resolve().parent.parent.parent
SHOW_STORE = """
import django; django.setup()
from django.core.files.storage import storages
store = storages["dbbackup"]
print(type(store).__module__, store.bucket_name, store.location, store.endpoint_url,
      store.region_name, store.access_key, store.default_acl, store.file_overwrite)
config = store.connection.meta.client.meta.config
print(config.signature_version, config.connect_timeout, config.read_timeout,
      config.retries["total_max_attempts"])
"""


def objects(bucket: Any) -> list[tuple[str, int]]:
    return [(each.key, each.size) for each in bucket.objects.all()]


@pytest.mark.django_db(transaction=True)
def test_backup_to_a_bucket_is_complete_there(bucket: Any) -> None:
    make_showtime()

    run = backup.run_backup(timezone.now())

    assert objects(bucket) == [(f"jakarta/{run.file_name}", run.size_bytes)]
    assert newest() == run.file_name
    call_command("verify_backup", run.file_name)
    call_command("restore", run.file_name, "--dry-run")


@pytest.mark.django_db(transaction=True)
def test_newest_is_found_by_a_server_that_remembers_none(bucket: Any) -> None:
    backup.run_backup(timezone.now())
    run = backup.run_backup(timezone.now() + timedelta(seconds=2))
    BackupRun.objects.all().delete()

    assert newest() == run.file_name


@pytest.mark.django_db(transaction=True)
def test_old_backups_leave_the_bucket(bucket: Any, settings: Any) -> None:
    settings.BACKUP_KEEP_COUNT = 1
    backup.run_backup(timezone.now())
    run = backup.run_backup(timezone.now() + timedelta(seconds=2))

    assert [key for key, _size in objects(bucket)] == [f"jakarta/{run.file_name}"]


@pytest.mark.django_db(transaction=True)
def test_missing_bucket_fails_the_run_and_deletes_no_backup(bucket: Any, settings: Any) -> None:
    settings.BACKUP_KEEP_COUNT = 1
    good = backup.run_backup(timezone.now())
    wrong: Any = store()
    wrong.bucket_name, wrong._bucket = "somebody-elses", None

    with pytest.raises(BackupFailed):
        backup.run_backup(timezone.now() + timedelta(seconds=2))

    assert [key for key, _size in objects(bucket)] == [f"jakarta/{good.file_name}"]
    assert list(BackupRun.objects.order_by("started_at").values_list("status", flat=True)) == [
        "done",
        "failed",
    ]


@pytest.mark.django_db(transaction=True)
def test_object_that_was_cut_short_is_refused(bucket: Any) -> None:
    run = backup.run_backup(timezone.now())
    stored = bucket.Object(f"jakarta/{run.file_name}")
    stored.put(Body=stored.get()["Body"].read()[:-600])

    with pytest.raises(CommandError, match="its checksum is not the one"):
        call_command("verify_backup", run.file_name)


def test_variables_choose_the_bucket() -> None:
    said = subprocess.run(
        [sys.executable, "-c", SHOW_STORE],
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "cinema_project.settings",
            "BACKUP_S3_BUCKET": BUCKET,
            "BACKUP_S3_PREFIX": "jakarta",
            "BACKUP_S3_ENDPOINT_URL": "https://s3.example",
            "BACKUP_S3_REGION": "ap-southeast-3",
            "BACKUP_S3_ACCESS_KEY": "key",
            "BACKUP_S3_SECRET_KEY": "secret",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.split() == [
        *("storages.backends.s3", BUCKET, "jakarta", "https://s3.example"),
        *("ap-southeast-3", "key", "None", "False"),
        *("s3v4", "3", "20", "2"),
    ]
