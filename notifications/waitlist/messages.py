"""Messages of waitlists: outbox rows, and the context of their texts.

The address of an entry may be anybody's until its owner confirms it, so the first message holds
nothing that its author typed, and no SMS is sent before.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from bookings.models import WaitlistEntry, WaitlistEvent, WaitlistOffer
from bookings.waitlist.links import entry_token, offer_token
from core.templatetags.money import rupiah
from notifications.context import show_facts
from notifications.dispatch import queue_on_commit
from notifications.models import Channel, Message, MessageKind


@dataclass(frozen=True)
class WaitlistFacts:
    """Plain values in the active language. ``seats``, ``total`` and ``until`` are the offer's."""

    site_name: str
    site_url: str
    link: str
    film: str
    classification: str
    classification_words: str
    screen_format: str
    cinema: str
    studio: str
    address: str
    date: str
    short_date: str
    start: str
    time: str
    people: int
    seats: str = ""
    total: str = ""
    until: str = ""


def enqueue_waitlist(
    entry: WaitlistEntry, event: WaitlistEvent, kind: MessageKind, *channels: Channel
) -> None:
    """Write one message per channel that reaches the entry, in the caller's transaction."""
    declined = entry.user is not None and not entry.user.wants_sms
    phone = "" if declined else str(entry.phone or "")
    recipients = {Channel.EMAIL: entry.email, Channel.SMS: phone}
    messages = [
        Message(
            waitlist_event=event,
            kind=kind,
            channel=channel,
            recipient=recipients[channel],
            language=entry.language,
            created_at=event.at,
            next_attempt_at=event.at,
        )
        for channel in channels
        if recipients[channel]
    ]
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    queue_on_commit(message.pk for message in messages)


def waitlist_facts(message: Message) -> WaitlistFacts:
    """Read the context of ``message``; the caller has activated its language."""
    events = WaitlistEvent.objects.select_related(
        "offer__hold",
        "entry__waitlist__showtime__movie",
        "entry__waitlist__showtime__studio__cinema",
    )
    event = events.get(messages=message)
    entry, offer = event.entry, event.offer
    showtime = entry.showtime
    token = entry_token(entry) if offer is None else offer_token(offer)
    return WaitlistFacts(
        **show_facts(showtime),
        link=settings.SITE_URL + reverse("bookings:waitlist_link", args=[entry.pk, token]),
        address=showtime.studio.cinema.address,
        people=entry.party_size,
        seats=offer.labels if offer else "",
        total=rupiah(offer.price_rupiah) if offer else "",
        until=_until(offer) if offer else "",
    )


def is_over(message: Message) -> bool:
    """Whether it offers seats that cannot be taken any more: it is not worth sending then."""
    if message.kind != MessageKind.WAITLIST_OFFER:
        return False
    offers = WaitlistOffer.objects.select_related("hold")
    offer = offers.get(events=message.waitlist_event_id)
    return offer.accepted_at is not None or not offer.is_open(timezone.now())


def _until(offer: WaitlistOffer) -> str:
    """The end of the offer on the cinema's clock."""
    local = offer.expires_at.astimezone(offer.entry.showtime.studio.cinema.zone)
    return f"{local:%H:%M} {local.tzname()}"
