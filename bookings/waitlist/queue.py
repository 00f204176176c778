"""The order of the entries that wait."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from bookings.models import WaitlistEntry, WaitlistEntryQuerySet, WaitlistOffer


def waiting_entries(showtime_id: int) -> WaitlistEntryQuerySet:
    """Confirmed, without an open offer, in the order in which they get offers."""
    offered = WaitlistOffer.objects.open().filter(entry=OuterRef("pk"))
    confirmed = WaitlistEntry.objects.confirmed().filter(waitlist_id=showtime_id)
    return confirmed.filter(~Exists(offered)).order_by("waits_since", "created_at", "pk")


def place_in_line(entry: WaitlistEntry) -> int | None:
    """1 for the next in line; None for an entry that does not wait."""
    waiting = waiting_entries(entry.waitlist_id)
    if entry.waits_since is None or not waiting.filter(pk=entry.pk).exists():
        return None
    since, made = entry.waits_since, entry.created_at
    before = Q(waits_since__lt=since) | Q(waits_since=since, created_at__lt=made)
    before |= Q(waits_since=since, created_at=made, pk__lt=entry.pk)
    return waiting.filter(before).count() + 1
