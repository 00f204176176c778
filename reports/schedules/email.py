"""Email of a scheduled report, with the file attached or linked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from movies.models import Cinema
from reports.exports import jobs
from reports.exports.table import format_value
from reports.exports.writers.registry import CONTENT_TYPES
from reports.figures import REPORTS
from reports.figures.report import Kind
from reports.models import ExportJob, Format, ReportDelivery

ATTACHED_BYTES_MAX = 5 * 1024 * 1024  # accepted by common mail servers; larger files are linked
SUBJECT_LENGTH_MAX = 120
CINEMAS_NAMED_MAX = 6


def build_email(
    delivery: ReportDelivery, job: ExportJob, cinemas: Sequence[Cinema]
) -> EmailMultiAlternatives:
    """The Message-ID is stable per delivery, so duplicates can be recognised."""
    schedule = delivery.schedule
    with translation.override(schedule.language):
        context = _context(delivery, job, cinemas)
        email = EmailMultiAlternatives(
            subject=" ".join(context["subject"].split())[:SUBJECT_LENGTH_MAX],
            body=_render("txt", context),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[schedule.user.email],
            headers={
                "Message-ID": f"<report-{delivery.pk}@{_mail_domain()}>",
                "Auto-Submitted": "auto-generated",
                "Content-Language": schedule.language,
            },
        )
        email.attach_alternative(_render("html", context), "text/html")
    if context["is_attached"]:
        with jobs.storage().open(job.file_name) as file:
            content_type = CONTENT_TYPES[Format(job.file_format)].split(";")[0]
            content: Any = file.read()
            email.attach(context["file_name"], content, content_type)
    return email


def _context(delivery: ReportDelivery, job: ExportJob, cinemas: Sequence[Cinema]) -> dict[str, Any]:
    schedule = delivery.schedule
    report = REPORTS[schedule.report]
    days = format_value(Kind.DATE, delivery.last)
    if delivery.first != delivery.last:
        days = f"{format_value(Kind.DATE, delivery.first)} – {days}"
    names = [cinema.name for cinema in cinemas]
    more = len(names) - CINEMAS_NAMED_MAX
    kept_until = job.expires_at or job.created_at
    return {
        "subject": _("%(report)s, %(days)s") % {"report": report.title, "days": days},
        "report": report,
        "days": days,
        "cinemas": ", ".join(names[:CINEMAS_NAMED_MAX]),
        "more_cinemas": max(0, more),
        "language": schedule.language,
        "name": schedule.user.get_short_name(),
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "export_url": settings.SITE_URL + reverse("reports:export", args=[job.pk]),
        "schedules_url": settings.SITE_URL + reverse("reports:schedules"),
        "kept_until": timezone.make_naive(kept_until, cinemas[0].zone),
        "is_attached": job.size_bytes <= ATTACHED_BYTES_MAX,
        "file_name": f"{report.slug}-{delivery.last:%Y%m%d}.{job.file_format}",
    }


def _render(suffix: str, context: dict[str, Any]) -> str:
    text = render_to_string(f"reports/email/scheduled.{suffix}", context).strip() + "\n"
    return re.sub(r"\n{3,}", "\n\n", text)


def _mail_domain() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"
