"""The log of a waitlist: every change of an entry or offer, and every skip with its reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bookings.models import WaitlistEntry, WaitlistEvent, WaitlistEventKind, WaitlistOffer


def record(
    entry: WaitlistEntry,
    kind: WaitlistEventKind,
    at: datetime,
    *,
    offer: WaitlistOffer | None = None,
    detail: str = "",
    **facts: Any,
) -> WaitlistEvent:
    """Write one row in the caller's transaction, which has locked the waitlist."""
    return WaitlistEvent.objects.create(
        waitlist_id=entry.waitlist_id,
        entry=entry,
        offer=offer,
        kind=kind,
        detail=detail,
        at=at,
        facts=facts,
    )
