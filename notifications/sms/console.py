"""Development gateway: logs each message and writes it to ``$LAYAR_DATA/sms``.

The file is named by our reference, so a message sent twice is there once. It holds personal
data and is readable by its owner only; the log line holds none.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)


class ConsoleSms:
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
