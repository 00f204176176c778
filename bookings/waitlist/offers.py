"""Offers of freed seats to a waitlist: one round for each showtime, in the order of its entries.

A round locks the waitlist, so that two workers never offer at once and no later entry overtakes an
earlier one. An offer is an ordinary hold (``seating.holds.offers``), which decides by the
database's clock whether the offer is open; a round only records what has become of it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from bookings.errors.waitlist import OfferOver, WaitlistEntryNotFound, WaitlistEntryOver
from bookings.models import (
    EntryEnd,
    OfferEnd,
    Waitlist,
    WaitlistEntry,
    WaitlistEventKind,
    WaitlistOffer,
)
from bookings.signals import waitlist_offered
from bookings.waitlist import limits, log
from bookings.waitlist.endings import end_entry, end_offer, wait_again
from bookings.waitlist.joining import lock_entry
from bookings.waitlist.matching import request_of, skip_reason, suitable
from bookings.waitlist.queue import waiting_entries
from seating.best_seats.availability import fresh_availability
from seating.best_seats.choice import Choice
from seating.best_seats.party import Availability
from seating.errors import HoldExpired, HoldNotFound
from seating.holds import offers as held_offers
from seating.holds import owned
from seating.holds.retry import retry_on_conflict
from seating.holds.types import HeldSeats
from seating.models import HoldEnd

WAITLISTS_BY_SWEEP_MAX = 500

Skips = list[tuple[WaitlistEntry, Availability]]


def work(at: datetime) -> int:
    """Settle offers and make new ones for every waitlist with entries; returns how many new."""
    theirs = WaitlistEntry.objects.filter(waitlist=OuterRef("pk"))
    is_active = Exists(theirs.active())
    offers = WaitlistOffer.objects.open().filter(entry__waitlist=OuterRef("pk"))
    is_offered = Exists(offers)
    busy = Waitlist.objects.filter(is_active | is_offered).order_by("showtime__starts_at", "pk")
    ids = busy.values_list("pk", flat=True)
    return sum(offer_freed_seats(showtime_id, at) for showtime_id in ids[:WAITLISTS_BY_SWEEP_MAX])


@transaction.atomic
def offer_freed_seats(showtime_id: int, at: datetime) -> int:
    """One round: settle the offers of a showtime, then offer what is free; returns how many.

    Does nothing while another worker has the waitlist (SKIP LOCKED). Locks the waitlist, then the
    holds of its offers one by one, then the seats of one block at a time (SKIP LOCKED).
    """
    waitlist = (
        Waitlist.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("showtime")
        .filter(pk=showtime_id)
        .first()
    )
    if waitlist is None:
        return 0
    _settle(waitlist, at)
    _end_unconfirmed(waitlist, at)
    if not limits.is_open(waitlist.showtime, at):
        for entry in waitlist.entries.active().order_by("pk"):
            if entry.open_offer() is None:
                end_entry(entry, EntryEnd.CLOSED, at)
        return 0
    return _offer(waitlist, at)


@transaction.atomic
def _accept(entry_id: UUID, visitor: str, at: datetime) -> HeldSeats:
    entry = lock_entry(entry_id)
    offer = entry.open_offer()
    if offer is None:
        raise WaitlistEntryOver() if entry.ended_at is not None else OfferOver()
    try:
        held = held_offers.accept_offer(
            hold_id=offer.hold_id,
            offered_to=held_offers.offer_visitor(str(entry.pk)),
            visitor=visitor,
        )
    except (HoldExpired, HoldNotFound):
        raise OfferOver() from None
    if offer.accepted_at is None:
        offer.accepted_at = at
        offer.save(update_fields=["accepted_at"])
        log.record(entry, WaitlistEventKind.ACCEPTED, at, offer=offer)
    return held


def accept(*, entry_id: UUID, visitor: str, at: datetime) -> HeldSeats:
    """Give the seats of an entry's open offer to ``visitor``, who then pays as for any hold.

    Locks the waitlist, the visitor's hold, the offer's, then the seats of both by id. Raises
    WaitlistEntryNotFound, WaitlistEntryOver, OfferOver, HoldSealed, SeatTaken after two lost races.
    """
    found = WaitlistEntry.objects.values_list("waitlist_id", flat=True).filter(pk=entry_id).first()
    if found is None:
        raise WaitlistEntryNotFound()
    owned.end_expired_hold(showtime_id=found, visitor=visitor)
    # The visitor's other tab may make a hold of theirs at the same moment.
    return retry_on_conflict(found, (), lambda: _accept(entry_id, visitor, at))


@transaction.atomic
def decline(*, entry_id: UUID, at: datetime) -> WaitlistEntry:
    """Open the seats of an entry's offer for the next in line; the entry waits behind the others.

    Locks the waitlist, then the offer's hold and its seats. Raises WaitlistEntryNotFound,
    OfferOver.
    """
    entry = lock_entry(entry_id)
    offer = entry.open_offer()
    if offer is None or offer.accepted_at is not None:
        raise OfferOver()
    held_offers.withdraw_offer(hold_id=offer.hold_id)
    end_offer(offer, OfferEnd.DECLINED, at)
    wait_again(entry, at)
    return entry


def _settle(waitlist: Waitlist, at: datetime) -> None:
    """Record which open offers were bought, are over or have to be withdrawn."""
    is_on_sale = waitlist.showtime.is_on_sale(at)
    still_open = WaitlistOffer.objects.open().filter(entry__waitlist=waitlist)
    for offer in still_open.select_related("entry").order_by("offered_at", "pk"):
        ended = held_offers.end_if_over(hold_id=offer.hold_id)
        if ended is None and (is_on_sale or offer.accepted_at is not None):
            continue
        if ended is None:
            held_offers.withdraw_offer(hold_id=offer.hold_id)
            end_offer(offer, OfferEnd.WITHDRAWN, at)
        elif ended == HoldEnd.SOLD:
            end_offer(offer, OfferEnd.BOUGHT, at)
        else:
            is_accepted = offer.accepted_at is not None
            end_offer(offer, OfferEnd.UNPAID if is_accepted else OfferEnd.LAPSED, at)
        _after_offer(offer, at)


def _after_offer(offer: WaitlistOffer, at: datetime) -> None:
    entry = offer.entry
    if entry.ended_at is not None:
        return
    if offer.end == OfferEnd.BOUGHT:
        end_entry(entry, EntryEnd.BOUGHT, at)
    elif offer.end != OfferEnd.WITHDRAWN:
        wait_again(entry, at)


def _end_unconfirmed(waitlist: Waitlist, at: datetime) -> None:
    overdue = at - timedelta(hours=limits.CONFIRM_HOURS)
    for entry in waitlist.entries.active().filter(
        confirmed_at__isnull=True, created_at__lte=overdue
    ):
        end_entry(entry, EntryEnd.UNCONFIRMED, at)


def _offer(waitlist: Waitlist, at: datetime) -> int:
    seconds = limits.offer_seconds(waitlist.showtime, at)
    waiting = list(waiting_entries(waitlist.pk))
    if not waiting or seconds is None:
        return 0
    availability = fresh_availability(waitlist.pk)
    skipped: Skips = []
    unsuitable = set()  # requests that nothing free suits; offers only take seats away
    offered = 0
    for entry in waiting:
        if not availability.free or offered >= limits.OFFERS_BY_ROUND_MAX:
            break
        wanted = request_of(entry)
        choices = [] if wanted in unsuitable else suitable(availability, wanted)
        held = _hold(entry, choices, seconds) if choices else None
        if held is None:
            skipped.append((entry, availability))
            if not choices:
                unsuitable.add(wanted)
            continue
        _record_offer(entry, held, skipped, at)
        skipped, offered = [], offered + 1
        taken = {seat.seat_id for seat in held.seats}
        availability = replace(availability, free=availability.free - taken)
    return offered


def _hold(entry: WaitlistEntry, choices: list[Choice], seconds: int) -> HeldSeats | None:
    return held_offers.hold_offer(
        showtime_id=entry.waitlist_id,
        visitor=held_offers.offer_visitor(str(entry.pk)),
        choices=choices,
        hold_seconds=seconds,
    )


def _record_offer(entry: WaitlistEntry, held: HeldSeats, skipped: Skips, at: datetime) -> None:
    """``skipped``: entries that this offer goes past, each with the seats that were free then."""
    offer = WaitlistOffer.objects.create(
        entry=entry,
        hold_id=held.hold_id,
        party_size=entry.party_size,
        seat_ids=[seat.seat_id for seat in held.seats],
        labels=", ".join(seat.label for seat in held.seats),
        price_rupiah=held.total_rupiah,
        offered_at=held.server_time,
        expires_at=held.expires_at,
    )
    for passed, availability in skipped:
        log.record(
            passed,
            WaitlistEventKind.SKIPPED,
            at,
            offer=offer,
            detail=skip_reason(availability, request_of(passed)),
        )
    event = log.record(
        entry,
        WaitlistEventKind.OFFERED,
        at,
        offer=offer,
        seats=held_labels(held),
        expires_at=held.expires_at,
    )
    waitlist_offered.send(WaitlistEntry, entry=entry, event=event)


def held_labels(held: HeldSeats) -> list[str]:
    return [seat.label for seat in held.seats]
