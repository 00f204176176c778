"""Protocol of SMS gateways. A new one is a module and an entry in ``SMS_GATEWAYS``."""

from __future__ import annotations

from typing import Protocol


class SmsGateway(Protocol):
    def send(self, to: str, text: str, reference: str) -> str:
        """Send ``text`` to an E.164 number and return the gateway's own reference.

        ``reference`` is ours and the same when a message is sent again: a gateway that can detect
        duplicates by it must do so. Raises Undeliverable if a retry cannot succeed; any other
        exception means "retry later". Makes one attempt: the outbox retries.
        """
        ...
