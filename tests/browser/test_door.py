"""A ticket held in front of a phone's camera admits one guest, however long it is held there; codes
typed during a check wait for it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from bookings.tickets.codes import qr_png, ticket_code
from tests.browser.chromium import chromium_path
from tests.factories import PASSWORD, make_confirmed_booking, make_manager, make_showtime

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTH, HEIGHT, GREY = 640, 480, 90
TILT_DEGREES = 7
SECONDS_MAX = 120


def film_of(code: str, path: Path) -> None:
    """Camera image of a slightly rotated ticket (YUV4MPEG2)."""
    picture = io.BytesIO(qr_png(code, scale=5))
    ticket = Image.open(picture).convert("L").resize((300, 300)).rotate(TILT_DEGREES, fillcolor=255)
    frame = Image.new("L", (WIDTH, HEIGHT), GREY)
    frame.paste(ticket, (150, 80))
    no_colour = bytes([128]) * (WIDTH * HEIGHT // 2)
    path.write_bytes(
        f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F15:1 Ip A1:1 C420jpeg\n".encode()
        + (b"FRAME\n" + frame.tobytes() + no_colour) * 5
    )


def test_camera_lets_in_once_and_typed_codes_wait_for_each_other(
    live_server: Any, tmp_path: Path
) -> None:
    at = timezone.now()
    showtime = make_showtime(at=at, starts_at=at + timedelta(minutes=30))
    booking = make_confirmed_booking(showtime, 2)
    usher = make_manager(showtime.studio.cinema)
    code, next_code = map(ticket_code, booking.tickets.order_by("pk"))
    film_of(code, tmp_path / "ticket.y4m")

    # In a process of its own: Playwright and the database cannot share a thread.
    phone = subprocess.run(
        [sys.executable, "-m", "tests.browser.door", live_server.url, str(chromium_path()),
         str(tmp_path / "ticket.y4m"), usher.email, PASSWORD, code, next_code],
        capture_output=True, text=True, timeout=SECONDS_MAX, check=False,
    )  # fmt: skip

    assert phone.returncode == 0, phone.stderr
    assert json.loads(phone.stdout) == {
        "seen": ["in", "1 of 2 are in"],
        "later": ["in", "1 of 2 are in"],
        "typed": ["refused", "1 of 2 are in"],
        "hurried": ["Scans that wait: 1", [30], ["refused", "2 of 2 are in"]],
        "faults": [],
        "is_within_the_screen": True,
    }
    assert booking.events.filter(kind="checked_in").count() == 2
