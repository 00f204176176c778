"""Celery tasks of accounts, and the account emails that they send."""

from __future__ import annotations

import logging
import re

from celery import Task, shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerUnavailable

from accounts import idempotency, session_store
from accounts.privacy import journal

logger = logging.getLogger(__name__)

EMAIL_ATTEMPTS_MAX = 5
EMAIL_BACKOFF_SECONDS = 10  # doubled for each further attempt


def queue_email(
    subject: str, body: str, sender: str, recipients: list[str], link_label: str = ""
) -> None:
    """Queue the email (text and HTML) for a worker; without a broker it is sent here."""
    html = email_html(subject, body, link_label)
    try:
        send_email.delay(subject, body, sender, recipients, html)
    except BrokerUnavailable:
        logger.warning("broker unavailable: an email is sent without a worker")
        send_mail(subject, body, sender, recipients, html_message=html)


def email_html(subject: str, body: str, link_label: str) -> str:
    """``body`` in the design of all emails; a paragraph that is a link of ours becomes a button."""
    paragraphs = [text.strip() for text in re.split(r"\n\s*\n", body) if text.strip()]
    own_link = re.compile(re.escape(settings.SITE_URL) + r"/\S*")
    context = {
        "headline": subject.removeprefix(settings.ACCOUNT_EMAIL_SUBJECT_PREFIX),
        "subject": subject,
        "paragraphs": [
            {"text": text, "is_link": bool(own_link.fullmatch(text))} for text in paragraphs
        ],
        "link_label": link_label or _("Open the page"),
        "language": get_language(),
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
    }
    return render_to_string("account/email/message.html", context).strip() + "\n"


@shared_task(name="accounts.tasks.send_letter", bind=True, max_retries=EMAIL_ATTEMPTS_MAX - 1)
def send_email(
    self: Task[..., None],
    subject: str,
    body: str,
    sender: str,
    recipients: list[str],
    html: str | None = None,  # None: queued by an older release
) -> None:
    try:
        send_mail(subject, body, sender, recipients, html_message=html)
    except OSError as error:  # connections, and everything that smtplib raises
        pause_seconds = EMAIL_BACKOFF_SECONDS * 2**self.request.retries
        raise self.retry(exc=error, countdown=pause_seconds) from error


@shared_task(name="accounts.tasks.forget_idempotent_requests")
def delete_expired_idempotent_requests() -> None:
    idempotency.delete_expired(at=timezone.now())


@shared_task(name="accounts.tasks.delete_expired_sessions")
def delete_expired_sessions() -> None:
    session_store.delete_expired(timezone.now())


@shared_task(name="accounts.tasks.write_down_erasures")
def write_erasure_journal() -> None:
    journal.write_pending()
