"""Personal data in files of the console gateway, logs and delivery records."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from django.utils import timezone

from bookings.models import Booking
from notifications import delivery, sms
from tests.notifications.conftest import MailServer, make_message
from tests.notifications.test_delivery import attempts


def test_console_sms_leaves_one_private_file_per_message(booking: Booking, tmp_path: Path) -> None:
    message = make_message(booking, channel="sms", recipient="+6281234567890", language="en")

    assert delivery.deliver(message.pk, at=timezone.now())
    sms.send_sms(message)

    [file] = (tmp_path / "sms").iterdir()
    to, _blank, text = file.read_text().splitlines()
    assert (file.name, file.stat().st_mode & 0o777) == (f"{message.pk}.txt", 0o600)
    assert to == "To: +6281234567890"
    assert text.startswith(f"{booking.code} ")


@pytest.mark.parametrize("refusal", ["", "550 siti@example.com: no such user Siti Rahma"])
def test_logs_and_records_contain_no_personal_data(
    booking: Booking, mail_server: MailServer, caplog: pytest.LogCaptureFixture, refusal: str
) -> None:
    caplog.set_level(logging.DEBUG)
    mail_server.refusal = refusal
    email = make_message(booking)
    text = make_message(booking, channel="sms", recipient="+6281234567890")

    delivery.deliver(email.pk, at=timezone.now())
    delivery.deliver(text.pk, at=timezone.now())

    stored = [
        record.getMessage() for record in caplog.records if record.name.startswith("notifications")
    ]
    stored += [detail for message in (email, text) for _ok, detail in attempts(message)]
    assert len(stored) >= 4
    for secret in (booking.contact_email, "Siti", "81234567890"):
        assert [line for line in stored if secret in line] == []


@pytest.mark.parametrize(
    ("recipient", "shown"),
    [
        ("siti@example.com", "s…@example.com"),
        ("@", "…@"),
        ("+6281234567890", "+62…890"),
    ],
)
def test_masked(recipient: str, shown: str) -> None:
    assert delivery.masked(recipient) == shown
