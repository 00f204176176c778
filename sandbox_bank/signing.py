"""API key and webhook signatures, from the secret shared with the merchant."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from django.conf import settings

API_KEY_PURPOSE = b"sandbox api key"


def api_key() -> str:
    """The merchant's API key, derived so that the signing secret itself is never sent."""
    return _mac(API_KEY_PURPOSE)


def is_api_key(shown: str) -> bool:
    """Whether the key is right; False while no secret is configured."""
    return bool(settings.SANDBOX_WEBHOOK_SECRET) and hmac.compare_digest(
        shown.encode(), api_key().encode()
    )


def webhook_headers(event_id: str, body: bytes, *, at: datetime) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    return {
        "Content-Type": "application/json",
        "Sandbox-Event-Id": event_id,
        "Sandbox-Timestamp": timestamp,
        "Sandbox-Signature": f"v1={_mac(timestamp.encode() + b'.' + body)}",
    }


def _mac(message: bytes) -> str:
    secret: str = settings.SANDBOX_WEBHOOK_SECRET
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
