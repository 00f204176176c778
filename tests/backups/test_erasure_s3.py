"""Journal of erasures beside backups in an S3 bucket, over real HTTP."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Erasure
from accounts.privacy import erasure, journal
from accounts.privacy.person import Person
from backups import backup, postgres
from backups.models import BackupRun
from backups.restore import newest, store
from tests.backups.test_erasure import contacts, past_booking, people
from tests.backups.test_restore import copy  # noqa: F401 (a fixture)
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

AT = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


def keys(bucket: Any) -> list[str]:
    return sorted(each.key for each in bucket.objects.all())


def key_of(done: Erasure) -> str:
    return f"jakarta/erasures/{done.at:%Y-%m-%d}-{done.pk}.json"


def erase(email: str) -> Erasure:
    done = erasure.erase(Person.with_email(email), timezone.now())
    assert done is not None
    return done


def lose_bucket() -> None:
    lost: Any = store()
    lost.bucket_name, lost._bucket = "nobodys", None


def find_bucket(name: str) -> None:
    found: Any = store()
    found.bucket_name, found._bucket = name, None


def test_erased_customer_is_erased_in_an_older_backup_of_the_bucket(
    bucket: Any,
    copy: str,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    user, other = make_user(), make_user()
    past_booking(user=user, contact_email=user.email)
    past_booking(user=other, contact_email="other@example.com", contact_name="Other")
    run = backup.run_backup(AT)
    done = erase(user.email)
    erased = contacts(), people()

    call_command("restore", into=copy)

    assert keys(bucket) == sorted([key_of(done), f"jakarta/{run.file_name}"])
    assert erased[0] == [("", ""), ("Other", "other@example.com")]
    with postgres.inside(copy):
        assert (contacts(), people()) == erased
        assert Erasure.objects.count() == 1
    assert "1 erased customers are not in it any more" in capsys.readouterr().out


def test_journal_in_the_bucket_holds_no_personal_data(bucket: Any) -> None:
    user = make_user()
    booking = past_booking(user=user, contact_email=user.email)

    done = erase(user.email)

    assert json.loads(bucket.Object(key_of(done)).get()["Body"].read()) == {
        "format": 1,
        "id": str(done.pk),
        "at": done.at.isoformat(),
        "user_id": user.pk,
        "user_mark": done.user_mark,
        "rows": {
            "bookings_with_the_address": [],
            "bookings": [str(booking.pk)],
            "waitlist_entries": [],
        },
    }


def test_empty_server_reads_the_journal_of_the_bucket(bucket: Any, copy: str) -> None:  # noqa: F811
    """Its own database contains neither the backups nor the erasures."""
    user = make_user()
    run = backup.run_backup(AT)
    erase(user.email)
    BackupRun.objects.all().delete()
    Erasure.objects.all().delete()

    name = newest()
    call_command("restore", name, into=copy)

    assert name == run.file_name
    with postgres.inside(copy):
        assert people() == [("", f"{user.pk}@erased.invalid", False)]


def test_unreachable_bucket_gets_the_journal_later(bucket: Any) -> None:
    lose_bucket()

    done = erase(make_user().email)
    waiting = Erasure.objects.filter(written_at=None).count()
    find_bucket(bucket.name)

    assert (waiting, keys(bucket), journal.write_pending()) == (1, [], 0)
    assert keys(bucket) == [key_of(done)]


def test_journal_that_cannot_be_reached_stops_the_restore(
    bucket: Any,
    copy: str,  # noqa: F811
    tmp_path: Any,
) -> None:
    """The backup is a local file, but the journal cannot be read."""
    run = backup.run_backup(AT)
    file = tmp_path / run.file_name
    file.write_bytes(bucket.Object(f"jakarta/{run.file_name}").get()["Body"].read())
    lose_bucket()

    with pytest.raises(CommandError, match=f"{copy} is whole, but not ready: .*NoSuchBucket"):
        call_command("restore", str(file), into=copy)


def test_entry_that_was_damaged_stops_the_restore(bucket: Any, copy: str) -> None:  # noqa: F811
    backup.run_backup(AT)
    done = erase(make_user().email)
    bucket.Object(key_of(done)).put(Body=b'{"format": 1')

    with pytest.raises(CommandError, match=f"{copy} is whole, but not ready: JSONDecodeError"):
        call_command("restore", into=copy)


def test_pruning_leaves_the_journal(bucket: Any, settings: Any) -> None:
    settings.BACKUP_KEEP_COUNT = 1
    backup.run_backup(AT)
    done = erase(make_user().email)
    run = backup.run_backup(timezone.now())

    assert keys(bucket) == sorted([key_of(done), f"jakarta/{run.file_name}"])
