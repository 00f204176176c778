"""The ``Stripe-Signature`` header: t=<seconds>,v1=<HMAC-SHA256 of "<seconds>.<body>">,…"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

from django.utils import timezone

from bookings.payments.base import BadSignature, WebhookEvent

TOLERANCE_SECONDS = 300
PARTS_MAX = 16  # more than a rotation of secrets needs


def verified_event(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> WebhookEvent:
    """The event, signed with one of ``secrets`` within the tolerance. Raises BadSignature."""
    lowercase = {name.lower(): value for name, value in headers.items()}
    parts = [
        part.partition("=")[::2]
        for part in lowercase.get("stripe-signature", "").split(",")[:PARTS_MAX]
    ]
    timestamp = next((value for name, value in parts if name == "t"), "")
    _check_age(timestamp)
    given = [value.encode() for name, value in parts if name == "v1"]
    signed = timestamp.encode() + b"." + body
    expected = [_mac(secret, signed) for secret in secrets if secret]
    if not any(hmac.compare_digest(one, other) for one in given for other in expected):
        raise BadSignature
    try:
        event = json.loads(body)
        return WebhookEvent(str(event["id"]), str(event["data"]["object"]["id"]))
    except (ValueError, KeyError, TypeError) as error:
        raise BadSignature from error


def _check_age(timestamp: str) -> None:
    """Refuse replayed webhooks."""
    if not (timestamp.isascii() and timestamp.isdecimal()):
        raise BadSignature
    if abs(timezone.now().timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise BadSignature


def _mac(secret: str, message: bytes) -> bytes:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest().encode()
