"""Fixtures: a real mail server, and messages to send."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bookings.models import Booking
from notifications.models import Message
from tests import factories


class MailServer:
    """Mail server that accepts every message; with ``refusal`` it refuses every recipient with that
    reply."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.refusal = ""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.received.append(
            message_from_bytes(envelope.content, policy=policy.default)  # type: ignore[arg-type]
        )
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 OK"


@pytest.fixture
def mail_server(settings: Any) -> Iterator[MailServer]:
    server = MailServer()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield server
    controller.stop()


@pytest.fixture(autouse=True)
def _surroundings(settings: Any, tmp_path: Path) -> None:
    settings.SITE_URL = "https://layar.example"
    settings.DATA_DIR = tmp_path
    settings.TICKET_SIGNING_KEYS = ["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]


@pytest.fixture
def booking(db: None) -> Booking:
    return factories.make_confirmed_booking()


def make_message(booking: Booking, **fields: Any) -> Message:
    """A waiting message about the booking's newest event, due since the event."""
    event = booking.events.latest("id")
    return Message.objects.create(
        **{
            "booking": booking,
            "event": event,
            "kind": "booking_confirmed",
            "channel": "email",
            "recipient": booking.contact_email,
            "language": booking.language,
            "created_at": event.at,
            "next_attempt_at": event.at,
        }
        | fields
    )
