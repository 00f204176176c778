"""Waitlists on the site: from the sold-out plan to the paid seats, and who may open what."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from bookings.models import EntryEnd, WaitlistEntry, WaitlistOffer
from bookings.waitlist import links, offers
from notifications.delivery import deliver_waiting
from notifications.models import Message
from tests.bookings.waitlists import cancel, join, later, sold_out, wait
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def url(name: str, *args: Any) -> str:
    """The English page."""
    with translation.override("en"):
        return reverse(name, args=args)


def page(entry: WaitlistEntry, name: str = "entry") -> str:
    return url(f"bookings:waitlist_{name}", entry.pk)


def owner_of(entry: WaitlistEntry) -> Client:
    """A browser that opened the link of the entry's email."""
    client = Client()
    token = links.entry_token(entry)
    opened = client.get(url("bookings:waitlist_link", entry.pk, token))
    assert (opened.status_code, opened.headers["Location"]) == (302, page(entry))
    return client


def test_guest_joins_from_the_sold_out_plan_confirms_and_takes_the_seats() -> None:
    showtime, sold = sold_out()
    client = Client()
    form_url = url("bookings:waitlist_join", showtime.pk)
    assert form_url in client.get(url("seating:seat_map", showtime.pk)).content.decode()
    assert client.get(form_url).status_code == 200

    joined = client.post(
        form_url, {"size": "2", "price_max": "Rp 90.000", "email": "siti@example.test", "phone": ""}
    )

    entry = WaitlistEntry.objects.get()
    assert (joined.status_code, joined.headers["Location"]) == (303, page(entry))
    assert (entry.party_size, entry.price_max_rupiah, entry.is_confirmed) == (2, 90_000, False)
    assert "Please look into your inbox" in client.get(page(entry)).content.decode()
    assert client.post(page(entry, "confirm")).status_code == 404  # never opened the link
    deliver_waiting(timezone.now())
    assert links.entry_token(entry) in str(mail.outbox[-1].body)

    owner = owner_of(entry)
    owner.post(page(entry, "confirm"))
    assert "You are number 1 in line" in owner.get(page(entry)).content.decode()
    assert page(entry) in owner.get(url("bookings:mine")).content.decode()
    cancel(*sold[:2])
    offers.work(timezone.now())
    assert "A1, A2" in owner.get(page(entry)).content.decode()
    accepted = owner.post(page(entry, "accept"))

    assert accepted.headers["Location"] == url("bookings:checkout", showtime.pk)
    assert "A1" in owner.get(accepted.headers["Location"]).content.decode()
    assert WaitlistOffer.objects.get().accepted_at is not None


def test_offer_is_sent_by_email_and_sms_with_a_link_that_ends_with_it() -> None:
    showtime, sold = sold_out()
    entry = wait(showtime, "siti")
    cancel(*sold[:2])
    offers.work(timezone.now())
    offer = WaitlistOffer.objects.get()
    link = url("bookings:waitlist_link", entry.pk, links.offer_token(offer))
    sent = Message.objects.filter(kind="waitlist_offer")
    assert sorted(sent.values_list("channel", "recipient")) == [
        ("email", "siti@example.test"),
        ("sms", "+6281234567890"),
    ]
    deliver_waiting(timezone.now())
    assert "A1, A2" in str(mail.outbox[-1].body)
    assert link in str(mail.outbox[-1].body)
    assert Client().get(link).status_code == 302

    later(601)

    assert Client().get(link).status_code == 404
    Message.objects.filter(kind="waitlist_offer").update(
        status="waiting", sent_at=None, attempts=0, next_attempt_at=timezone.now()
    )
    deliver_waiting(timezone.now())
    assert set(sent.values_list("status", flat=True)) == {"dead"}


def test_declining_and_leaving() -> None:
    showtime, sold = sold_out()
    entry = wait(showtime, "siti")
    owner = owner_of(entry)
    cancel(*sold[:2])
    offers.work(timezone.now())

    owner.post(page(entry, "decline"))
    again = owner.post(page(entry, "accept"), follow=True)
    owner.post(page(entry, "leave"))

    assert "This offer is over" in again.content.decode()
    entry.refresh_from_db()
    assert entry.end == EntryEnd.LEFT
    assert "You are not on this waitlist any more" in owner.get(page(entry)).content.decode()


@pytest.mark.parametrize("name", ["entry", "confirm", "accept", "decline", "leave"])
def test_others_cannot_open_or_change_an_entry(name: str) -> None:
    showtime, _sold = sold_out("A  r")
    entry = wait(showtime, "siti", 1)
    other = Client()
    other.force_login(make_user(), "django.contrib.auth.backends.ModelBackend")

    for client in (Client(), other):
        method: Any = client.get if name == "entry" else client.post
        assert method(page(entry, name)).status_code == 404
    wrong = url("bookings:waitlist_link", entry.pk, "wrong")
    assert Client().get(wrong).status_code == 404
    entry.refresh_from_db()
    assert entry.ended_at is None


def test_free_seats_lead_to_the_plan_and_errors_stay_in_the_form() -> None:
    showtime, sold = sold_out()
    join(showtime, "budi")
    client = Client()
    form_url = url("bookings:waitlist_join", showtime.pk)

    missing = client.post(form_url, {"size": "2", "email": ""})
    cancel(*sold[:2])
    free = client.post(form_url, {"size": "2", "email": "siti@example.test"})

    assert "Please tell us where to send an offer." in missing.content.decode()
    assert free.headers["Location"] == url("seating:seat_map", showtime.pk)
    assert WaitlistEntry.objects.count() == 1
