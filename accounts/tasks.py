"""Work in the background."""

from __future__ import annotations

from celery import Task, shared_task
from django.utils import timezone

from accounts import idempotency, letters
from accounts.privacy import journal


@shared_task(name="accounts.tasks.forget_idempotent_requests")
def forget_idempotent_requests() -> None:
    idempotency.forget(at=timezone.now())


@shared_task(name="accounts.tasks.write_down_erasures")
def write_down_erasures() -> None:
    journal.write_down()


@shared_task(name="accounts.tasks.send_letter", bind=True, max_retries=letters.ATTEMPTS_MAX - 1)
def send_letter(
    self: Task[..., None], subject: str, body: str, sender: str, recipients: list[str]
) -> None:
    try:
        letters.send(subject, body, sender, recipients)
    except OSError as error:  # connections, and everything that smtplib raises
        pause_seconds = letters.BACKOFF_SECONDS * 2**self.request.retries
        raise self.retry(exc=error, countdown=pause_seconds) from error
