"""Erased customers stay erased after restoring any backup."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Erasure, User
from accounts.privacy import erasure, journal
from accounts.privacy.person import Person
from backups import backup, postgres
from bookings.models import Booking
from notifications.dispatch import enqueue
from notifications.models import Channel, MessageKind
from tests.backups.test_restore import copy, databases, taken_aside  # noqa: F401 (a fixture)
from tests.factories import make_confirmed_booking, make_showtime, make_user

pytestmark = pytest.mark.django_db(transaction=True)

AT = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


def past_booking(**fields: object) -> Booking:
    at = timezone.now() - timedelta(days=3)
    booking = make_confirmed_booking(make_showtime(at=at - timedelta(days=1)), 1, at=at, **fields)
    event = booking.events.get(kind="confirmed")
    enqueue(booking, event, MessageKind.BOOKING_CONFIRMED, Channel.EMAIL, Channel.SMS)
    return booking


def contacts() -> list[tuple[str, str]]:
    return list(Booking.objects.order_by("created_at").values_list("contact_name", "contact_email"))


def people() -> list[tuple[str, str, bool]]:
    return list(User.objects.order_by("pk").values_list("name", "email", "is_active"))


def test_erased_customer_is_erased_in_an_older_backup(
    copy: str,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    user, other = make_user(), make_user()
    past_booking(user=user, contact_email=user.email)
    past_booking(contact_email="guest@example.com")
    past_booking(user=other, contact_email="other@example.com", contact_name="Other")
    backup.run_backup(AT)
    erasure.erase(Person.with_email(user.email), timezone.now())
    erasure.erase(Person.with_email("guest@example.com"), timezone.now())
    erased = contacts(), people()

    call_command("restore", into=copy)

    assert erased[0] == [("", ""), ("", ""), ("Other", "other@example.com")]
    assert erased[1][0] == ("", f"{user.pk}@erased.invalid", False)
    with postgres.inside(copy):
        assert (contacts(), people()) == erased
        assert Erasure.objects.count() == 2
    assert "2 erased customers are not in it any more" in capsys.readouterr().out


def test_swapped_database_does_not_know_the_erased_either() -> None:
    user = make_user()
    backup.run_backup(AT)
    erasure.erase(Person.with_email(user.email), timezone.now())

    with taken_aside(databases()):
        call_command("restore", swap=True, yes=True)

        assert people() == [("", f"{user.pk}@erased.invalid", False)]


def test_erasure_of_one_person_keeps_others_with_the_same_phone(copy: str) -> None:  # noqa: F811
    """Account ids may be reused after an older backup was restored."""
    user = make_user()
    erasure.erase(Person.with_email(user.email), timezone.now())
    User.objects.filter(pk=user.pk).update(
        name="Stranger", email="stranger@example.com", is_active=True, date_joined=timezone.now()
    )
    backup.run_backup(AT)

    call_command("restore", into=copy)

    with postgres.inside(copy):
        assert people() == [("Stranger", "stranger@example.com", True)]


def test_account_created_after_the_erasure_is_kept(copy: str) -> None:  # noqa: F811
    user = make_user()
    past_booking(contact_email="guest@example.com")
    for email in (user.email, "guest@example.com"):
        erasure.erase(Person.with_email(email), timezone.now())
    again = make_user(email=user.email)
    past_booking(contact_email="guest@example.com", contact_name="Guest")
    backup.run_backup(AT)

    call_command("restore", into=copy)

    with postgres.inside(copy):
        assert people()[1] == (again.name, again.email, True)
        assert ("Guest", "guest@example.com") in contacts()


def test_journal_holds_no_personal_data(folder: Path) -> None:
    user = make_user()
    booking = past_booking(user=user, contact_email=user.email)

    done = erasure.erase(Person.with_email(user.email), timezone.now())

    assert done is not None
    file = next((folder / "erasures").iterdir())
    assert json.loads(file.read_text()) == {
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
    assert file.stat().st_mode & 0o077 == 0


def test_journal_that_cannot_be_written_is_written_later(folder: Path) -> None:
    user = make_user()
    folder.rename(folder.with_name("away"))
    folder.write_text("a file in its place")

    erasure.erase(Person.with_email(user.email), timezone.now())
    waiting = Erasure.objects.filter(written_at=None).count()
    folder.unlink()
    folder.with_name("away").rename(folder)

    assert (waiting, journal.write_pending()) == (1, 0)
    assert len(list((folder / "erasures").iterdir())) == 1


def test_journal_that_cannot_be_read_stops_the_restore(folder: Path, copy: str) -> None:  # noqa: F811
    backup.run_backup(AT)
    (folder / "erasures").mkdir()
    (folder / "erasures" / "2026-03-01-x.json").write_text("{")

    with pytest.raises(CommandError, match=f"{copy} is whole, but not ready: JSONDecodeError"):
        call_command("restore", into=copy)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_backups_and_journal_do_not_get_in_each_others_way(folder: Path) -> None:
    erasure.erase(Person.with_email(make_user().email), timezone.now())
    run = backup.run_backup(AT)

    call_command("verify_backup")

    assert sorted(path.name for path in folder.iterdir()) == ["erasures", run.file_name]
