"""Letters about accounts: confirm an address, reset a password."""

from __future__ import annotations

import logging

from django.core.mail import send_mail
from kombu.exceptions import OperationalError as BrokerAway

logger = logging.getLogger(__name__)

ATTEMPTS_MAX = 5
BACKOFF_SECONDS = 10  # doubled for each further attempt


def post(subject: str, body: str, sender: str, recipients: list[str]) -> None:
    """Have it sent by a worker; where none can be asked, send it here and now."""
    from accounts.tasks import send_letter

    try:
        send_letter.delay(subject, body, sender, recipients)
    except BrokerAway:
        logger.warning("the broker is away: a letter is sent without it")
        send(subject, body, sender, recipients)


def send(subject: str, body: str, sender: str, recipients: list[str]) -> None:
    send_mail(subject, body, sender, recipients)
