"""An incident's button sends a message again that was given up."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from bookings.signals import message_wanted_again
from notifications import delivery


def connect() -> None:
    message_wanted_again.connect(_send_again, dispatch_uid="notifications.wanted_again")


def _send_again(sender: object, message_id: UUID, at: datetime, **_more: Any) -> None:
    """Raises MessageNotDead."""
    delivery.send_again(message_id=message_id, at=at)
