"""Text messages: one small protocol, and the implementation that needs no gateway."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils import translation
from django.utils.module_loading import import_string

from notifications.models import Message
from notifications.sms_texts import sms_text

logger = logging.getLogger(__name__)


class SmsGateway(Protocol):
    def send(self, to: str, text: str, reference: str) -> str:
        """Send ``text`` to an E.164 number and return the gateway's own reference.

        ``reference`` is ours and stays the same when a message is sent again: a gateway that can
        tell duplicates by it must. Raises Undeliverable when asking again is pointless; anything
        else that is raised means "try again later".
        """
        ...


class ConsoleSms:
    """No gateway: a line in the log and a file in ``$LAYAR_DATA/sms`` for each message.

    The file is named by our reference, so a message sent twice is there once. It holds personal
    data and is readable by its owner only; the log line holds none.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or settings.DATA_DIR / "sms"

    def send(self, to: str, text: str, reference: str) -> str:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / f"{reference}.txt"
        part = path.with_suffix(".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"To: {to}\n\n{text}\n")
        part.replace(path)
        logger.info("sms %s written, %d characters", path.name, len(text))
        return path.name


def send_sms(message: Message) -> str:
    """Send one outbox row by the configured gateway; returns the gateway's reference."""
    with translation.override(message.language):
        text = sms_text(message)
    gateway: SmsGateway = import_string(settings.SMS_BACKEND)()
    return gateway.send(message.recipient, text, str(message.pk))
