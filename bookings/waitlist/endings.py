"""Ends of offers and entries, each written once, with its row in the log."""

from __future__ import annotations

from datetime import datetime

from bookings.models import EntryEnd, OfferEnd, WaitlistEntry, WaitlistEventKind, WaitlistOffer
from bookings.waitlist import limits, log


def end_offer(offer: WaitlistOffer, end: OfferEnd, at: datetime) -> None:
    """In the caller's transaction, which has locked the waitlist and ended the offer's hold."""
    offer.ended_at, offer.end = at, end
    offer.save(update_fields=["ended_at", "end"])
    log.record(offer.entry, WaitlistEventKind.OFFER_ENDED, at, offer=offer, detail=end)


def end_entry(entry: WaitlistEntry, end: EntryEnd, at: datetime) -> None:
    entry.ended_at, entry.end = at, end
    entry.save(update_fields=["ended_at", "end"])
    log.record(entry, WaitlistEventKind.ENDED, at, detail=end)


def wait_again(entry: WaitlistEntry, at: datetime) -> None:
    """Put an entry that did not take its offer behind the others; end it after its last offer."""
    if entry.offers.count() >= limits.OFFERS_BY_ENTRY_MAX:
        end_entry(entry, EntryEnd.MISSED, at)
        return
    entry.waits_since = at
    entry.save(update_fields=["waits_since"])
