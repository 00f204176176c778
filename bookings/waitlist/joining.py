"""Joining, confirming and leaving a waitlist.

A guest may type any address, so an entry waits only from the moment the owner of the address
confirms it with the link; an account's own confirmed address needs no link. Entries that are not
confirmed block nobody: they count for no limit and two of them may name the same mailbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from accounts.models import User
from bookings.errors.waitlist import (
    AlreadyWaiting,
    SeatRequestInvalid,
    SeatsStillFree,
    TooManyWaitlists,
    WaitlistClosed,
    WaitlistEntryNotFound,
    WaitlistEntryOver,
    WaitlistFull,
)
from bookings.models import (
    EntryEnd,
    OfferEnd,
    Waitlist,
    WaitlistEntry,
    WaitlistEntryQuerySet,
    WaitlistEventKind,
)
from bookings.models.waitlist import WAITLIST_CATEGORIES
from bookings.signals import waitlist_joined
from bookings.waitlist import limits, log
from bookings.waitlist.endings import end_entry, end_offer
from bookings.waitlist.matching import SeatRequest, suitable
from core.db.mailbox import Mailbox, mailbox_of
from core.errors import NotFound
from movies.models import Showtime
from seating.best_seats.availability import fresh_availability
from seating.best_seats.party import Party
from seating.holds import offers as held_offers


@dataclass(frozen=True)
class Joiner:
    """Who joins, and where offers are sent."""

    email: str
    phone: str
    language: str
    visitor: str
    user: User | None = None

    @property
    def has_confirmed_address(self) -> bool:
        """Whether the address is a confirmed one of the signed-in account."""
        if self.user is None:
            return False
        own = EmailAddress.objects.filter(user=self.user, verified=True)
        return bool(own.filter(email__iexact=self.email).exists())


def check_request(wanted: SeatRequest) -> None:
    """Raises PartyInvalid, TooManyCompanions, SeatRequestInvalid."""
    Party(wanted.size, wheelchairs=wanted.wheelchairs).check(settings.HOLD_SEATS_MAX)
    is_known = set(wanted.categories) <= {each.value for each in WAITLIST_CATEGORIES}
    if not is_known or (wanted.price_max_rupiah is not None and wanted.price_max_rupiah <= 0):
        raise SeatRequestInvalid()


def join(*, showtime_id: int, wanted: SeatRequest, joiner: Joiner, at: datetime) -> WaitlistEntry:
    """Put a party on the waitlist of a showtime that has no such seats.

    Locks the waitlist. Raises NotFound, WaitlistClosed, SeatsStillFree, WaitlistFull,
    AlreadyWaiting and TooManyWaitlists (only for an account's own address), and what
    ``check_request`` raises.
    """
    check_request(wanted)
    showtime = Showtime.objects.filter(pk=showtime_id).first()
    if showtime is None:
        raise NotFound()
    if not limits.is_open(showtime, at):
        raise WaitlistClosed()
    if suitable(fresh_availability(showtime_id), wanted):
        raise SeatsStillFree()
    opened = Waitlist(showtime=showtime, created_at=at)
    with transaction.atomic():
        Waitlist.objects.bulk_create([opened], ignore_conflicts=True)
        lock_waitlist(showtime_id)
        return _add(showtime_id, wanted, joiner, at)


def _add(showtime_id: int, wanted: SeatRequest, joiner: Joiner, at: datetime) -> WaitlistEntry:
    entry = WaitlistEntry(
        waitlist_id=showtime_id,
        user=joiner.user,
        visitor=joiner.visitor,
        email=joiner.email,
        phone=joiner.phone,
        language=joiner.language,
        party_size=wanted.size,
        wheelchairs=wanted.wheelchairs,
        categories=sorted(set(wanted.categories)),
        price_max_rupiah=wanted.price_max_rupiah,
        created_at=at,
    )
    is_confirmed = joiner.has_confirmed_address
    if is_confirmed:
        _check_room(entry)
    elif _confirmed_of(showtime_id).count() >= limits.ENTRIES_BY_SHOWTIME_MAX:
        raise WaitlistFull()
    entry.save(force_insert=True)
    event = log.record(entry, WaitlistEventKind.JOINED, at, party=wanted.size)
    if is_confirmed:
        _start_waiting(entry, at)
    else:
        waitlist_joined.send(WaitlistEntry, entry=entry, event=event)
    return entry


@transaction.atomic
def confirm(*, entry_id: UUID, at: datetime) -> WaitlistEntry:
    """Start waiting: the owner of the address asked for it. Repeating it changes nothing.

    Locks the waitlist. Raises WaitlistEntryOver, WaitlistFull, AlreadyWaiting, TooManyWaitlists.
    """
    entry = lock_entry(entry_id)
    if entry.ended_at is not None:
        raise WaitlistEntryOver()
    if not entry.is_confirmed:
        _check_room(entry)
        _start_waiting(entry, at)
    return entry


@transaction.atomic
def leave(*, entry_id: UUID, at: datetime) -> WaitlistEntry:
    """End an entry for its owner; the seats of an open offer go to the next.

    Seats that they accepted stay theirs. Locks the waitlist, then the offer's hold and its seats.
    """
    entry = lock_entry(entry_id)
    if entry.ended_at is not None:
        return entry
    offer = entry.open_offer()
    if offer is not None and offer.accepted_at is None:
        held_offers.withdraw_offer(hold_id=offer.hold_id)
        end_offer(offer, OfferEnd.DECLINED, at)
    end_entry(entry, EntryEnd.LEFT, at)
    return entry


def lock_waitlist(showtime_id: int) -> Waitlist:
    return Waitlist.objects.select_for_update(no_key=True).get(pk=showtime_id)


def lock_entry(entry_id: UUID) -> WaitlistEntry:
    """The entry, in the caller's transaction, which then has its waitlist locked. Raises
    WaitlistEntryNotFound."""
    found = WaitlistEntry.objects.filter(pk=entry_id)
    showtime_id = found.values_list("waitlist_id", flat=True).first()
    if showtime_id is None:
        raise WaitlistEntryNotFound()
    lock_waitlist(showtime_id)
    return found.get()


def _confirmed_of(showtime_id: int) -> WaitlistEntryQuerySet:
    return WaitlistEntry.objects.confirmed().filter(waitlist_id=showtime_id)


def _check_room(entry: WaitlistEntry) -> None:
    theirs = WaitlistEntry.objects.confirmed()
    theirs = theirs.alias(mailbox=Mailbox("email")).filter(mailbox=mailbox_of(entry.email))
    if theirs.filter(waitlist_id=entry.waitlist_id).exists():
        raise AlreadyWaiting()
    if theirs.count() >= limits.ENTRIES_BY_PERSON_MAX:
        raise TooManyWaitlists()
    if _confirmed_of(entry.waitlist_id).count() >= limits.ENTRIES_BY_SHOWTIME_MAX:
        raise WaitlistFull()


def _start_waiting(entry: WaitlistEntry, at: datetime) -> None:
    entry.confirmed_at = entry.waits_since = at
    entry.save(update_fields=["confirmed_at", "waits_since"])
    log.record(entry, WaitlistEventKind.CONFIRMED, at)
