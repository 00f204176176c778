"""Personal data in waitlists: its export on request, and its erasure with the person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower
from django.dispatch import receiver

from accounts.privacy.erasure import Erasing
from accounts.privacy.person import Person
from accounts.signals import erasure_wanted, person_erased, personal_data_wanted
from bookings.models import Waitlist, WaitlistEntry, WaitlistEntryQuerySet
from bookings.waitlist.joining import leave

ROWS = "waitlist_entries"


def entries_of(person: Person) -> WaitlistEntryQuerySet:
    """The account's entries, and those whose address the person has proven to own."""
    proven = Q(address__in=person.emails)
    if not person.is_verified_by_operator:
        proven &= Q(confirmed_at__isnull=False)  # anybody may have typed the address
    if person.user is not None:
        proven |= Q(user=person.user)
    return WaitlistEntry.objects.alias(address=Lower("email")).filter(proven)


@receiver(personal_data_wanted, dispatch_uid="bookings.waitlist.personal_data")
def collect(*, person: Person, collected: dict[str, Any], at: datetime, **_extra: Any) -> None:
    entries = entries_of(person).with_details().prefetch_related("offers")
    collected["waitlists"] = [_entry(entry) for entry in entries.order_by("created_at", "pk")]


def _entry(entry: WaitlistEntry) -> dict[str, Any]:
    return {
        "film": entry.showtime.movie.title,
        "cinema": entry.showtime.studio.cinema.name,
        "starts_at": entry.showtime.starts_at,
        "email": entry.email,
        "phone": str(entry.phone or ""),
        "language": entry.language,
        "people": entry.party_size,
        "wheelchairs": entry.wheelchairs,
        "categories": entry.categories,
        "highest_price": entry.price_max_rupiah,
        "joined_at": entry.created_at,
        "confirmed_at": entry.confirmed_at,
        "ended_at": entry.ended_at,
        "end": entry.end,
        "offers": [
            {"seats": offer.labels, "offered_at": offer.offered_at, "end": offer.end}
            for offer in sorted(entry.offers.all(), key=lambda each: each.offered_at)
        ],
    }


@receiver(erasure_wanted, dispatch_uid="bookings.waitlist.erasure_wanted")
def prepare_erasure(*, erasing: Erasing, **_extra: Any) -> None:
    """Lock the person's waitlists by showtime."""
    entries = list(entries_of(erasing.person).order_by("pk").values_list("pk", "waitlist_id"))
    waitlists = Waitlist.objects.filter(pk__in={showtime_id for _pk, showtime_id in entries})
    list(waitlists.select_for_update(no_key=True).order_by("pk"))
    erasing.rows[ROWS] = [str(pk) for pk, _showtime_id in entries]


@receiver(person_erased, dispatch_uid="bookings.waitlist.person_erased")
def erase(*, erasing: Erasing, **_extra: Any) -> None:
    """End what still waits, and keep entries and log without the person."""
    entries = WaitlistEntry.objects.filter(pk__in=erasing.rows.get(ROWS, []))
    for entry_id in entries.order_by("waitlist_id", "pk").values_list("pk", flat=True):
        leave(entry_id=entry_id, at=erasing.at)
    entries.update(email="", phone="", visitor="", user=None)
