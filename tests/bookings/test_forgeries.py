"""Forged and modified ticket codes admit nobody.

``FORGERIES=100000 .venv/bin/python -m pytest tests/bookings/test_forgeries.py`` tries that many of
each kind; the suite a few thousand.
"""

from __future__ import annotations

import base64
import os
import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils import timezone

from accounts.models import User
from bookings.errors import TicketCodeInvalid
from bookings.models import Ticket
from bookings.tickets.checkin import admit
from bookings.tickets.codes import ticket_code
from tests.factories import make_confirmed_booking, make_manager, make_showtime

pytestmark = pytest.mark.django_db

FORGERIES = int(os.environ.get("FORGERIES", "1500"))  # of each kind
LOOK_EVERY = 500
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

Forger = Callable[[random.Random, str, Ed25519PrivateKey], str]


def flip_a_bit(chance: random.Random, code: str, own_key: Ed25519PrivateKey) -> str:
    raw = bytearray(code.encode())
    raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(7)
    return raw.decode()


def change_letters(chance: random.Random, code: str, own_key: Ed25519PrivateKey) -> str:
    letters = list(code)
    for place in chance.sample(range(len(code)), chance.randint(1, 8)):
        letters[place] = chance.choice(LETTERS)
    return "".join(letters)


def guess_the_signature(chance: random.Random, code: str, own_key: Ed25519PrivateKey) -> str:
    return f"{signed_part(code)}.{encoded(chance.randbytes(64))}"


def sign_with_another_key(chance: random.Random, code: str, own_key: Ed25519PrivateKey) -> str:
    """A correct ticket and key id, signed with another key."""
    said = signed_part(code)
    return f"{said}.{encoded(own_key.sign(said.encode() + bytes([chance.randrange(256)])))}"


def put_another_serial(chance: random.Random, code: str, own_key: Ed25519PrivateKey) -> str:
    prefix, key_id, _serial, signature = code.split(".")
    return ".".join([prefix, key_id, chance.randbytes(16).hex(), signature])


def cut_or_extend(chance: random.Random, code: str, own_key: Ed25519PrivateKey) -> str:
    length = chance.randrange(2 * len(code))
    return code[:length] if length < len(code) else code + chance.choice(LETTERS)


FORGERS: list[Forger] = [
    flip_a_bit,
    change_letters,
    guess_the_signature,
    sign_with_another_key,
    put_another_serial,
    cut_or_extend,
]


def signed_part(code: str) -> str:
    return code.rpartition(".")[0]


def encoded(signature: bytes) -> str:
    return base64.urlsafe_b64encode(signature).rstrip(b"=").decode()


@pytest.mark.parametrize("forge", FORGERS, ids=lambda forge: forge.__name__)
def test_no_forged_code_admits(forge: Forger) -> None:
    at = timezone.now()
    showtime = make_showtime(at=at, starts_at=at + timedelta(minutes=30))
    booking = make_confirmed_booking(showtime, 2, at=at)
    usher: User = make_manager(showtime.studio.cinema)
    genuine = [ticket_code(ticket) for ticket in booking.tickets.all()]
    chance, own_key = random.Random(20261123), Ed25519PrivateKey.generate()

    tried = 0
    while tried < FORGERIES:
        forged = forge(chance, chance.choice(genuine), own_key)
        if forged.strip() in genuine:
            continue
        with pytest.raises(TicketCodeInvalid):
            admit(code=forged, usher=usher, at=at)
        tried += 1
        if tried % LOOK_EVERY == 0:  # the database ends idle transactions
            assert not Ticket.objects.filter(checked_in_at__isnull=False).exists()

    assert admit(code=genuine[0], usher=usher, at=at).seat == "A1"
