"""Erasure of a person's data; bookings and payments remain without personal data.

Locks the account, then whatever ``erasure_wanted`` receivers lock (bookings by id). The erasure is
recorded in a journal beside the backups (``accounts.privacy.journal``), so that restoring an older
backup does not restore erased data.
"""

from __future__ import annotations

import hmac
import uuid
from dataclasses import dataclass, field
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from knox.models import AuthToken

from accounts import idempotency
from accounts.models import Consent, Erasure, StaffInvitation, User
from accounts.privacy import journal
from accounts.privacy.person import Person
from accounts.session_store import end_sessions
from accounts.signals import erasure_wanted, person_erased

MARK_SALT = "accounts.privacy.erasure"
NOBODY_DOMAIN = "erased.invalid"


class ErasureRefused(Exception):
    """``obstacles``: reasons with their remedies, in the reader's language."""

    def __init__(self, obstacles: list[str]) -> None:
        self.obstacles = obstacles
        super().__init__("; ".join(obstacles))


@dataclass
class Erasing:
    """``rows``: ids of the person's rows by kind, which go into the journal."""

    person: Person
    at: datetime
    obstacles: list[str] = field(default_factory=list)
    rows: dict[str, list[str]] = field(default_factory=dict)


def obstacles(person: Person, at: datetime) -> list[str]:
    with transaction.atomic():
        return _prepared(person, at).obstacles


@transaction.atomic
def erase(person: Person, at: datetime) -> Erasure | None:
    """Erase; None if nothing is stored. Raises ErasureRefused while a booking, payment or refund is
    open."""
    if person.user is not None:
        User.objects.select_for_update(of=("self",)).get(pk=person.user.pk)
    erasing = _prepared(person, at)
    if erasing.obstacles:
        raise ErasureRefused(erasing.obstacles)
    if person.user is None and not any(erasing.rows.values()):
        return None
    done = Erasure.objects.create(
        at=at,
        user_id=person.user.pk if person.user else None,
        user_mark=mark(person.user) if person.user else "",
        rows=erasing.rows,
    )
    _erase(erasing)
    transaction.on_commit(journal.write_pending)
    return done


@transaction.atomic
def erase_again(
    *,
    erasure_id: uuid.UUID,
    user_id: int | None,
    user_mark: str,
    rows: dict[str, list[str]],
    at: datetime,
) -> None:
    """Repeat an erasure in a restored copy, ignoring obstacles.

    The account must match its mark, because ids may have been reused.
    """
    user = User.objects.filter(pk=user_id).first() if user_id else None
    if user is not None and not is_marked(user, user_mark):
        user = None
    person = Person.of(user) if user else Person(None, frozenset())
    erasing = _prepared(person, at)
    for kind, ids in rows.items():
        erasing.rows[kind] = sorted({*erasing.rows.get(kind, []), *ids})
    _erase(erasing)
    Erasure.objects.get_or_create(
        pk=erasure_id,
        defaults={
            "at": at,
            "user_id": user_id,
            "user_mark": user_mark,
            "rows": rows,
            "written_at": at,
        },
    )


def repeat_all(at: datetime) -> int:
    """Erase everybody in the journal from a restored copy; returns how many. Raises if the journal
    is unreadable."""
    count = 0
    for entry in journal.entries():
        erase_again(
            erasure_id=uuid.UUID(entry["id"]),
            user_id=entry["user_id"],
            user_mark=entry["user_mark"],
            rows=entry["rows"],
            at=at,
        )
        count += 1
    return count


def mark(user: User, secret: str | None = None) -> str:
    """Mark that identifies the account in every backup, whatever its address."""
    value = f"{user.pk} {user.date_joined.isoformat()}"
    return salted_hmac(MARK_SALT, value, secret=secret, algorithm="sha256").hexdigest()


def is_marked(user: User, given: str) -> bool:
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(hmac.compare_digest(mark(user, secret), given) for secret in secrets)


def _prepared(person: Person, at: datetime) -> Erasing:
    erasing = Erasing(person, at)
    if person.user is not None and (person.user.is_staff or person.user.is_superuser):
        erasing.obstacles.append(
            _("This account has a post here. A chain administrator has to take it away first.")
        )
    erasure_wanted.send(Erasing, erasing=erasing)
    return erasing


def _erase(erasing: Erasing) -> None:
    person_erased.send(Erasing, erasing=erasing)
    user, emails = erasing.person.user, erasing.person.emails
    idempotency.delete_responses_about(user.pk if user else None, emails)
    if user is not None:
        _erase_account(user)


def _erase_account(user: User) -> None:
    end_sessions(user.pk)
    AuthToken.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    StaffInvitation.objects.filter(user=user).delete()
    Consent.objects.filter(user=user).delete()
    EmailAddress.objects.filter(user=user).delete()
    user.groups.clear()
    user.user_permissions.clear()
    # The admin log contains names of the rows that staff changed.
    people = ContentType.objects.get_for_model(User)
    entries = LogEntry.objects.filter(content_type=people, object_id=str(user.pk))
    entries.update(object_repr=f"#{user.pk}", change_message="")
    user.email, user.name, user.phone = f"{user.pk}@{NOBODY_DOMAIN}", "", ""
    user.set_unusable_password()
    user.is_active, user.wants_sms, user.last_login = False, False, None
    user.save()
