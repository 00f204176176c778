"""Emails received over real SMTP, also with hostile names."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from bookings.models import Booking
from bookings.orders.access_tokens import booking_for_token
from movies.models import Cinema
from notifications import delivery
from notifications.context import safe_name
from notifications.email import build_email
from notifications.models import MessageKind
from tests import factories
from tests.notifications.conftest import MailServer, make_message

SHOWN_AT = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
SOON = datetime(2099, 1, 1, tzinfo=UTC)  # every message is due by then
HOSTILE = 'Siti "</td><script>alert(1)</script>&amp;\r\nBcc: thief@example.com'


@pytest.fixture
def booking(db: None) -> Booking:
    cinema = factories.make_cinema(
        name="Layar Losari", city="Makassar", address="Jl. Losari 1", time_zone="Asia/Makassar"
    )
    movie = factories.make_movie(title_id="Sunyi", title_en="Silence", classification="13+")
    studio = factories.make_studio(cinema, name="Studio 3")
    showtime = factories.make_showtime(studio, movie=movie, starts_at=SHOWN_AT)
    return factories.make_confirmed_booking(
        showtime, contact_name="Siti Rahma", contact_email="siti@example.com"
    )


def sent(booking: Booking, server: MailServer, **fields: Any) -> EmailMessage:
    message = make_message(booking, **fields)
    assert delivery.deliver(message.pk, at=SOON)
    return server.received[-1]


def parts(email: EmailMessage) -> list[tuple[str, str | None, str | None]]:
    return [
        (part.get_content_type(), part.get_content_disposition(), part.get_filename())
        for part in email.walk()
        if not part.is_multipart()
    ]


def plain_text(email: EmailMessage) -> str:
    body = email.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def html(email: EmailMessage) -> str:
    body = email.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def test_confirmation_carries_tickets_to_scan_to_print_and_to_remember(
    booking: Booking, mail_server: MailServer
) -> None:
    email = sent(booking, mail_server, language="en")

    name = f"layar-{booking.code}"
    assert parts(email) == [
        ("text/plain", None, None),
        ("text/html", None, None),
        ("image/png", "inline", "A1.png"),
        ("image/png", "inline", "A2.png"),
        ("application/pdf", "attachment", f"{name}.pdf"),
        ("text/calendar", "attachment", f"{name}.ics"),
    ]
    files = {part.get_content_type(): part.get_content() for part in email.iter_attachments()}
    assert files["application/pdf"].startswith(b"%PDF-")
    calendar = Calendar.from_ical(files["text/calendar"])
    assert str(calendar.walk("VEVENT")[0]["UID"]) == f"{booking.pk}@layar"


def test_tickets_sent_again_carry_the_same_files(booking: Booking, mail_server: MailServer) -> None:
    first = sent(booking, mail_server)
    again = sent(booking, mail_server, kind=MessageKind.TICKETS_RESENT)

    assert parts(again) == parts(first)
    assert again["Message-ID"] != first["Message-ID"]
    assert "ini tiket Anda lagi" in plain_text(again)


def test_confirmation_shows_each_inline_code_by_its_content_id(
    booking: Booking, mail_server: MailServer
) -> None:
    email = sent(booking, mail_server)

    ids = [part["Content-ID"].strip("<>") for part in email.walk() if part["Content-ID"]]
    assert ids == [f"qr-{ticket.pk}@layar" for ticket in booking.tickets.order_by("pk")]
    assert [f'src="cid:{content_id}"' in html(email) for content_id in ids] == [True, True]


def test_confirmation_headers(booking: Booking, mail_server: MailServer) -> None:
    message = make_message(booking, language="en")
    assert delivery.deliver(message.pk, at=SOON)

    [email] = mail_server.received
    names = ("Subject", "To", "From", "Message-ID", "Auto-Submitted", "Content-Language")
    assert [email[name] for name in names] == [
        "Your tickets: Silence, Tue 24 Nov",
        "siti@example.com",
        "Layar <tickets@localhost>",
        f"<{message.pk}@layar.example>",
        "auto-generated",
        "en",
    ]


def test_confirmation_email_has_the_same_facts_in_html_and_plain_text(
    booking: Booking, mail_server: MailServer
) -> None:
    email = sent(booking, mail_server, language="en")

    for body in (plain_text(email), text_of(html(email))):
        for fact in (
            "Hello Siti Rahma, thank you.",
            "Silence",
            "13+",
            "Tuesday, 24 November 2026",
            "20:30–22:20 WITA",
            "Layar Losari",
            "Studio 3",
            "A1, A2",
            booking.code,
            "Rp106,000",
            "Contains Rp6,000 service fee and Rp0 entertainment tax.",
        ):
            assert fact in body, fact


@pytest.mark.parametrize(("language", "path"), [("id", "/b/"), ("en", "/en/b/")])
def test_confirmation_link_opens_the_booking(
    booking: Booking, mail_server: MailServer, language: str, path: str
) -> None:
    email = sent(booking, mail_server, language=language)

    [link] = [line for line in plain_text(email).splitlines() if line.startswith("https://")]
    prefix = f"https://layar.example{path}{booking.code}/"
    assert link.startswith(prefix)
    assert booking_for_token(booking.code, link.removeprefix(prefix).rstrip("/")) == booking
    assert f'href="{link}"' in html(email)


@pytest.mark.parametrize(
    "kind", [kind for kind in MessageKind.values if not kind.startswith("waitlist_")]
)
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_kind_of_email_renders_and_closes_its_tags(
    booking: Booking, mail_server: MailServer, kind: str, language: str
) -> None:
    refund = factories.make_refund(booking.payments.get(), reason="late")

    email = sent(booking, mail_server, kind=kind, language=language)

    assert "{" not in plain_text(email)
    assert str(refund.pk) not in plain_text(email)
    assert booking.code in text_of(html(email))


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("late", "your seats had been given to somebody else"),
        ("duplicate", "Your seats are safe"),
        ("mismatch", "is not the amount of your booking"),
    ],
)
def test_refund_email_states_the_reason(
    booking: Booking, mail_server: MailServer, reason: str, words: str
) -> None:
    factories.make_refund(booking.payments.get(), reason=reason)

    email = sent(booking, mail_server, kind="paid_too_late", language="en")

    assert words in plain_text(email)
    assert "Rp106,000" in plain_text(email)


@pytest.mark.parametrize("address", ["Jl. Losari 1", "Jl. Losari 1, Makassar"])
def test_email_names_the_city_once(booking: Booking, mail_server: MailServer, address: str) -> None:
    Cinema.objects.update(address=address)

    email = sent(booking, mail_server)

    lines = plain_text(email).splitlines()
    assert "Layar · Layar Losari, Jl. Losari 1, Makassar" in lines


def test_hostile_names_stay_text_and_make_no_header(
    booking: Booking, mail_server: MailServer
) -> None:
    Booking.objects.filter(pk=booking.pk).update(contact_name=HOSTILE)
    movie = booking.showtime.movie
    movie.title_id = "Sunyi\r\nBcc: thief@example.com\n\n<b>"
    movie.save(update_fields=["title_id"])

    email = sent(booking, mail_server)

    assert (email["Bcc"], mail_server.recipients) == (None, [["siti@example.com"]])
    assert "<script>" not in html(email)
    assert "&lt;b&gt;" in html(email)
    assert "Bcc: thief@example.com <b>" in email["Subject"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Siti N. Rahma, S.T.", "Siti N. Rahma, S.T."),
        ("Win a phone: https://evil.example/?x", "Win a phone https evil example x"),
        ("www.evil.example", "www evil example"),
        ("me@evil.example\nCall now", "me evil example Call now"),
    ],
)
def test_typed_name_becomes_no_link(name: str, expected: str) -> None:
    """Emails about unpaid bookings are sent to unconfirmed addresses."""
    assert safe_name(name) == expected


@pytest.mark.parametrize(
    "recipient", ["siti@example.com\nBcc: thief@example.com", "siti@example.com, thief@example.com"]
)
def test_recipient_that_is_more_than_one_address_is_never_sent_to(
    booking: Booking, mail_server: MailServer, recipient: str
) -> None:
    message = make_message(booking, recipient=recipient)

    assert not delivery.deliver(message.pk, at=SOON)
    assert mail_server.received == []


def test_email_without_a_mail_server_is_a_private_file(
    booking: Booking, settings: Any, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND = "notifications.eml_backend.EmlBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    message = make_message(booking, language="en")

    assert delivery.deliver(message.pk, at=SOON)

    [file] = (tmp_path / "mail").iterdir()
    email = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert (file.suffix, file.stat().st_mode & 0o777) == (".eml", 0o600)
    assert (email["Message-ID"], email["Subject"]) == (
        f"<{message.pk}@layar.example>",
        "Your tickets: Silence, Tue 24 Nov",
    )
    assert [kind for kind, *_rest in parts(email)][-2:] == ["application/pdf", "text/calendar"]


def test_email_built_twice_is_recognisably_one(booking: Booking) -> None:
    message = make_message(booking)

    first, second = build_email(message), build_email(message)

    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
    assert (first.body, first.subject) == (second.body, second.subject)


class _Text(HTMLParser):
    """Text of an HTML page; asserts that every element is closed."""

    VOID = ("meta", "img", "br")

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)


def text_of(page: str) -> str:
    parser = _Text()
    parser.feed(page)
    assert parser.open == []
    return " ".join(" ".join(parser.words).split())
