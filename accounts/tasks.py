"""Celery tasks of accounts, and the account emails that they send."""

from __future__ import annotations

import logging

from celery import Task, shared_task
from django.core.mail import send_mail
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerUnavailable

from accounts import idempotency
from accounts.privacy import journal

logger = logging.getLogger(__name__)

EMAIL_ATTEMPTS_MAX = 5
EMAIL_BACKOFF_SECONDS = 10  # doubled for each further attempt


def queue_email(subject: str, body: str, sender: str, recipients: list[str]) -> None:
    """Have a worker send it; without a broker it is sent here and now."""
    try:
        send_email.delay(subject, body, sender, recipients)
    except BrokerUnavailable:
        logger.warning("broker unavailable: an email is sent without a worker")
        send_mail(subject, body, sender, recipients)


@shared_task(name="accounts.tasks.send_letter", bind=True, max_retries=EMAIL_ATTEMPTS_MAX - 1)
def send_email(
    self: Task[..., None], subject: str, body: str, sender: str, recipients: list[str]
) -> None:
    try:
        send_mail(subject, body, sender, recipients)
    except OSError as error:  # connections, and everything that smtplib raises
        pause_seconds = EMAIL_BACKOFF_SECONDS * 2**self.request.retries
        raise self.retry(exc=error, countdown=pause_seconds) from error


@shared_task(name="accounts.tasks.forget_idempotent_requests")
def delete_expired_idempotent_requests() -> None:
    idempotency.delete_expired(at=timezone.now())


@shared_task(name="accounts.tasks.write_down_erasures")
def write_erasure_journal() -> None:
    journal.write_pending()
