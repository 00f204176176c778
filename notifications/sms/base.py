"""Protocol of SMS gateways. A new one is a module and an entry in ``SMS_GATEWAYS``."""

from __future__ import annotations

from typing import Protocol


class SmsGateway(Protocol):
    def send(self, to: str, text: str, reference: str) -> str:
        """Send ``text`` to an E.164 number and return the gateway's own reference.

        ``reference`` is ours and stays the same when a message is sent again: a gateway that can
        tell duplicates by it must. Raises Undeliverable when asking again is pointless; anything
        else that is raised means "try again later". Tries once: the outbox repeats.
        """
        ...
