"""Messages of waitlists in both languages."""

from __future__ import annotations

import pytest
from django.utils import timezone, translation

from bookings.waitlist import offers
from bookings.waitlist.links import entry_token, offer_token
from notifications.email import build_email
from notifications.models import Message
from notifications.sms.texts import sms_text
from tests.bookings.waitlists import cancel, sold_out, wait
from tests.notifications.test_emails import text_of

pytestmark = pytest.mark.django_db
WORDS = {
    "id": (
        "Konfirmasi daftar tunggu Anda",
        "Kursi ditahan untuk Anda",
        "ditahan untuk Anda sampai",
    ),
    "en": (
        "Please confirm your waitlist entry",
        "Seats are held for you",
        "are held for you until",
    ),
}


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_message_renders_with_its_link(language: str) -> None:
    showtime, sold = sold_out()
    entry = wait(showtime, "siti")
    cancel(*sold[:2])
    offers.work(timezone.now())
    Message.objects.update(language=language)
    offer = entry.offers.get()
    confirming = Message.objects.get(kind="waitlist_confirm")
    offering = Message.objects.get(kind="waitlist_offer", channel="email")
    asked, offered, sms = WORDS[language]

    for message, words, token in (
        (confirming, asked, entry_token(entry)),
        (offering, offered, offer_token(offer)),
    ):
        email = build_email(message)
        page = str(email.alternatives[0][0])
        assert words in text_of(page)
        assert words in email.body
        assert (f"/{token}/" in page, f"/{token}/" in email.body) == (True, True)
        assert "{" not in email.body
    with translation.override(language):
        text = sms_text(Message.objects.get(kind="waitlist_offer", channel="sms"))
    assert (f"A1, A2 {sms}" in text, f"/{offer_token(offer)}/" in text) == (True, True)
