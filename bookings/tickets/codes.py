"""Ticket codes: the ticket's serial with a signature that can be verified offline.

``LYR1.<key id>.<serial>.<signature>``: the key id is the first eight hex digits of the SHA-256 of
the Ed25519 public key, the serial is the ticket's 128 random bits in hex, and the signature (over
everything before it) is base64url without padding. The first of ``settings.TICKET_SIGNING_KEYS``
signs, all of them verify, so a key can be rotated without voiding issued tickets.

A booking's code, which admits its whole party, is the same with the prefix ``LYB1`` and the
booking's id instead of a serial.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from hmac import compare_digest
from typing import Any

import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from PIL import Image, ImageOps

from bookings.errors import TicketCodeInvalid
from bookings.models import Booking, Ticket

PREFIX, BOOKING_PREFIX = "LYR1", "LYB1"
SEED_BYTES = 32
KEY_ID_LENGTH = 8
CODE_LENGTH = 133
QR_ERROR_CORRECTION = "M"  # 15 % of the code may be damaged
QR_QUIET_ZONE = 4  # modules; the minimum of the standard
CODES_KEPT_MAX = 100  # by each process, 3 kB each

_LIGHT = 255
_DARK_RUN = re.compile(rb"\0+")
_CODE = re.compile(
    rf"(?P<prefix>{PREFIX}|{BOOKING_PREFIX})\.(?P<key_id>[0-9a-f]{{8}})\.(?P<serial>[0-9a-f]{{32}})\.[A-Za-z0-9_-]{{86}}",
    re.IGNORECASE | re.ASCII,
)
# Signed in place of a malformed code, for constant time.
_NO_SERIAL = "0" * 32


@dataclass(frozen=True)
class SignedCode:
    """Content of a genuine code: a ticket's serial, or the hex id of a booking."""

    is_booking: bool
    serial: str


@dataclass(frozen=True)
class _KeyRing:
    signing_id: str
    keys: dict[str, Ed25519PrivateKey]


def ticket_code(ticket: Ticket) -> str:
    """The content of the ticket's QR code; deterministic, as Ed25519 signatures are."""
    ring = _key_ring()
    return _code_of(PREFIX, ticket.serial, ring.signing_id, ring)


def party_code(booking: Booking) -> str:
    """The content of the booking's QR code, which admits all of its tickets at once."""
    ring = _key_ring()
    return _code_of(BOOKING_PREFIX, booking.pk.hex, ring.signing_id, ring)


def verify_code(text: str) -> str:
    """The serial in a ticket's code. Raises TicketCodeInvalid, also for a booking's code."""
    signed = read_code(text)
    if signed.is_booking:
        raise TicketCodeInvalid()
    return signed.serial


def read_code(text: str) -> SignedCode:
    """The content of the code ``text``. Raises TicketCodeInvalid.

    Capitals or small letters alone are accepted too: keyboards and scanners change them. Does not
    say whether the ticket is live. One signature is made whatever ``text`` is, and compared in
    constant time, so timing does not reveal which part was wrong.
    """
    ring = _key_ring()
    match = _CODE.fullmatch(text) if len(text) == CODE_LENGTH else None
    key_id, serial = (match["key_id"].lower(), match["serial"].lower()) if match else ("", "")
    prefix = match["prefix"].upper() if match else PREFIX
    is_known = key_id in ring.keys
    signing_id = key_id if is_known else ring.signing_id
    genuine = _code_of(prefix, serial or _NO_SERIAL, signing_id, ring)
    shown = text if match else ""
    spellings = (genuine, genuine.upper(), genuine.lower())
    if not is_known or not sum(compare_digest(shown, each) for each in spellings):
        raise TicketCodeInvalid()
    return SignedCode(prefix == BOOKING_PREFIX, serial)


def _code_of(prefix: str, serial: str, key_id: str, ring: _KeyRing) -> str:
    signed = f"{prefix}.{key_id}.{serial}"
    return f"{signed}.{_encode(ring.keys[key_id].sign(signed.encode()))}"


def qr_svg(text: str, *, border: int = QR_QUIET_ZONE) -> str:
    """A QR code as a standalone SVG element, black on white, of any size.

    ``border``: width of the quiet zone in modules.
    """
    rows = _qr_rows(text)
    size = len(rows) + 2 * border
    path = "".join(
        f"M{match.start() + border} {y}h{len(match[0])}v1h-{len(match[0])}z"
        for y, row in enumerate(rows, start=border)
        for match in _DARK_RUN.finditer(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" class="qr">'
        f'<path fill="#fff" d="M0 0h{size}v{size}h-{size}z"/><path fill="#000" d="{path}"/></svg>'
    )


def qr_image(text: str) -> str:
    """A QR code as the address of an image, part of the page itself."""
    return f"data:image/svg+xml;base64,{base64.b64encode(qr_svg(text).encode()).decode()}"


def qr_png(text: str, *, scale: int = 6) -> bytes:
    """A QR code as PNG, for mail programs, which do not show SVG.

    ``scale``: pixels per module.
    """
    rows = _qr_rows(text)
    code = Image.frombytes("L", (len(rows), len(rows)), b"".join(rows))
    framed = ImageOps.expand(code, border=QR_QUIET_ZONE, fill=_LIGHT)
    side = framed.width * scale
    image = io.BytesIO()
    sharp = framed.convert("1", dither=Image.Dither.NONE)  # small still, and without greys
    sharp.resize((side, side), Image.Resampling.NEAREST).save(image, "png")
    return image.getvalue()


@lru_cache(maxsize=CODES_KEPT_MAX)
def _qr_rows(text: str) -> tuple[bytes, ...]:
    """The bare matrix: one byte per module, 0 is dark and 255 is light.

    Kept because an email shows a ticket's code twice, and a page is opened again.
    """
    code = zxingcpp.create_barcode(
        text, zxingcpp.BarcodeFormat.QRCode, ec_level=QR_ERROR_CORRECTION
    )
    image: Any = code.to_image(scale=1, add_quiet_zones=False)
    flat = memoryview(image).tobytes()
    size = math.isqrt(len(flat))
    return tuple(flat[at : at + size] for at in range(0, len(flat), size))


def _key_ring() -> _KeyRing:
    return _read_keys(tuple(settings.TICKET_SIGNING_KEYS))


@lru_cache(maxsize=4)
def _read_keys(encoded_seeds: tuple[str, ...]) -> _KeyRing:
    if not encoded_seeds:
        raise ImproperlyConfigured("TICKET_SIGNING_KEY must hold at least one Ed25519 seed.")
    private_keys = [Ed25519PrivateKey.from_private_bytes(_seed(seed)) for seed in encoded_seeds]
    ids = [_key_id(key.public_key()) for key in private_keys]
    return _KeyRing(signing_id=ids[0], keys=dict(zip(ids, private_keys, strict=True)))


def _seed(encoded: str) -> bytes:
    try:
        seed = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        seed = b""
    if len(seed) != SEED_BYTES:
        raise ImproperlyConfigured("Each TICKET_SIGNING_KEY must be 32 bytes in base64.")
    return seed


def _key_id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:KEY_ID_LENGTH]


def _encode(signature: bytes) -> str:
    return base64.urlsafe_b64encode(signature).rstrip(b"=").decode()
