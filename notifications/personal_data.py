"""Messages of a person: told on request; when the person is erased, nobody is their recipient."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat

from accounts.privacy.erasure import Erasing
from accounts.privacy.person import Person
from accounts.signals import person_erased, personal_data_wanted
from bookings.models import Booking
from bookings.personal_data import ROWS, bookings_of
from notifications.models import Message, MessageStatus


def connect() -> None:
    """Called once, when the app is ready."""
    personal_data_wanted.connect(_tell, dispatch_uid="notifications.personal_data")
    person_erased.connect(_erase, dispatch_uid="notifications.person_erased")


def _tell(*, person: Person, collected: dict[str, Any], at: datetime, **_more: Any) -> None:
    theirs = Message.objects.filter(booking__in=bookings_of(person)).order_by("created_at")
    collected["messages"] = list(
        theirs.values("kind", "channel", "recipient", "status", "created_at", "sent_at")
    )


def _erase(*, erasing: Erasing, **_more: Any) -> None:
    """What was not sent yet never will be. Each keeps a recipient of its own: they are unique."""
    theirs = Message.objects.filter(
        booking__in=Booking.objects.filter(pk__in=erasing.rows.get(ROWS, []))
    )
    theirs.filter(status=MessageStatus.WAITING).update(
        status=MessageStatus.DEAD, next_attempt_at=None
    )
    theirs.update(
        recipient=Concat(Value("erased "), Cast(F("pk"), CharField())), provider_reference=""
    )
