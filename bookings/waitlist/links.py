"""Signed links to a waitlist entry, and the entries that a browser may open.

An entry's token confirms its address and opens it until it is over. An offer's token works as long
as the offer, minutes. No secret is stored.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.signing import BadSignature, Signer
from django.db.models import Q
from django.http import HttpRequest

from bookings.errors.waitlist import WaitlistEntryNotFound
from bookings.models import WaitlistEntry, WaitlistEntryQuerySet, WaitlistOffer

SESSION_KEY = "waitlist_entries"  # id → whether a link sent to its address was opened here
ENTRIES_KEPT_MAX = 30


def _signer(purpose: str) -> Signer:
    return Signer(salt=f"bookings.waitlist.{purpose}", sep=".")


def entry_token(entry: WaitlistEntry) -> str:
    return _signer("entry").signature(str(entry.pk))


def offer_token(offer: WaitlistOffer) -> str:
    return _signer("offer").signature(str(offer.pk))


def entry_for_token(entry_id: UUID, token: str, at: datetime) -> WaitlistEntry:
    """The entry of a link. Raises WaitlistEntryNotFound for a wrong one and one that is over."""
    entry = WaitlistEntry.objects.active().filter(pk=entry_id).first()
    if entry is None:
        raise WaitlistEntryNotFound()
    if _is_signed("entry", str(entry.pk), token):
        return entry
    offer = entry.open_offer()
    if offer is not None and offer.is_open(at) and _is_signed("offer", str(offer.pk), token):
        return entry
    raise WaitlistEntryNotFound()


def _is_signed(purpose: str, value: str, token: str) -> bool:
    try:
        _signer(purpose).unsign(f"{value}.{token}")
    except BadSignature:
        return False
    return True


def remember(request: HttpRequest, entry: WaitlistEntry, *, is_proven: bool) -> None:
    """Allow this session to open the entry. ``is_proven``: by a link that was sent to it."""
    kept = dict(request.session.get(SESSION_KEY, {}))
    was_proven = kept.pop(str(entry.pk), False)
    kept[str(entry.pk)] = is_proven or was_proven
    request.session[SESSION_KEY] = dict(list(kept.items())[-ENTRIES_KEPT_MAX:])


def visible_entries(request: HttpRequest) -> WaitlistEntryQuerySet:
    allowed = Q(pk__in=list(request.session.get(SESSION_KEY, {})))
    if not isinstance(request.user, AnonymousUser):
        allowed |= Q(user=request.user)
    return WaitlistEntry.objects.filter(allowed).with_details()


def visible_entry(request: HttpRequest, entry_id: UUID) -> WaitlistEntry:
    """Raises WaitlistEntryNotFound, also for another visitor's entry."""
    entry = visible_entries(request).filter(pk=entry_id).first()
    if entry is None:
        raise WaitlistEntryNotFound()
    return entry


def is_owner(request: HttpRequest, entry: WaitlistEntry) -> bool:
    """Whether this browser opened a link sent to the entry's address, or the account is its own.

    Whoever joined with a stranger's address may see and leave, not confirm or accept.
    """
    if request.session.get(SESSION_KEY, {}).get(str(entry.pk)):
        return True
    return entry.is_confirmed and entry.user_id is not None and entry.user_id == request.user.pk
