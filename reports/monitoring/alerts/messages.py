"""Email and SMS texts of alerts."""

from __future__ import annotations

import re
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import get_language, ngettext

from reports.models import Alert, Incident
from reports.monitoring.kinds import kind_of

LISTED_MAX = 10
SUBJECT_LENGTH_MAX = 120
SMS_LENGTH_MAX = 300  # two parts
SMS_LISTED_MAX = 2


class SmsGateway(Protocol):
    """Same interface as ``notifications.sms.base``; the settings name the implementation."""

    def send(self, to: str, text: str, reference: str) -> str: ...


def send_email(alert: Alert) -> str:
    """The Message-ID is stable per alert, so duplicates can be recognised."""
    context = _context(alert)
    reference = f"<alert-{alert.pk}@{urlsplit(settings.SITE_URL).hostname or 'localhost'}>"
    email = EmailMultiAlternatives(
        subject=context["subject"][:SUBJECT_LENGTH_MAX],
        body=_render("txt", context),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[alert.user.email],
        headers={"Message-ID": reference, "Auto-Submitted": "auto-generated"},
    )
    email.attach_alternative(_render("html", context), "text/html")
    email.send()
    return reference


def send_sms(alert: Alert) -> str:
    name = settings.SMS_BACKEND
    gateway: SmsGateway = import_string(settings.SMS_GATEWAYS.get(name, name))()
    return gateway.send(str(alert.user.phone), sms_text(alert), f"alert-{alert.pk}")


def sms_text(alert: Alert) -> str:
    """Short and without names; the link leads to the details."""
    incidents = [line.incident for line in _lines(alert)]
    texts = [_place(incident) + _label(incident) for incident in incidents[:SMS_LISTED_MAX]]
    if len(incidents) > SMS_LISTED_MAX:
        texts.append(_more(len(incidents) - SMS_LISTED_MAX))
    where = settings.SITE_URL + _list_address()
    text = f"{settings.SITE_NAME}: {' '.join(texts)}"[: SMS_LENGTH_MAX - len(where) - 1]
    return f"{text} {where}"


def _context(alert: Alert) -> dict[str, Any]:
    lines = _lines(alert)
    count = len(lines)
    subject = ngettext("%(count)d new incident", "%(count)d new incidents", count)
    first = lines[0].incident
    return {
        "subject": " ".join(
            f"{subject % {'count': count}}: {_place(first)}{_label(first)}".split()
        ),
        "name": alert.user.get_short_name(),
        "lines": [_line_context(line.incident) for line in lines[:LISTED_MAX]],
        "more": _more(count - LISTED_MAX) if count > LISTED_MAX else "",
        "site_name": settings.SITE_NAME,
        "list_url": settings.SITE_URL + _list_address(),
        "preferences_url": settings.SITE_URL + reverse("reports:alerts"),
        "language": get_language(),
    }


def _line_context(incident: Incident) -> dict[str, Any]:
    kind = kind_of(incident.kind)
    page = reverse("admin:reports_incident_change", args=[incident.pk])
    return {
        "label": _label(incident),
        "cinema": incident.cinema.name if incident.cinema else "",
        "affected": kind.affected,
        "advice": kind.advice,
        "booking": incident.facts.get("booking", ""),
        "is_urgent": kind.is_urgent,
        "is_healed": incident.healed_at is not None,
        "is_resolved": incident.resolved_at is not None,
        "url": settings.SITE_URL + page,
    }


def _lines(alert: Alert) -> list[Any]:
    """Urgent lines first."""
    lines = alert.lines.select_related("incident__cinema")
    return list(lines.order_by("-is_urgent", "owed_at", "pk"))


def _label(incident: Incident) -> str:
    return str(kind_of(incident.kind).label or incident.summary)


def _place(incident: Incident) -> str:
    return f"{incident.cinema.name}: " if incident.cinema else ""


def _more(count: int) -> str:
    return ngettext("and %(count)d more", "and %(count)d more", count) % {"count": count}


def _list_address() -> str:
    return f"{reverse('admin:reports_incident_changelist')}?state=open"


def _render(suffix: str, context: dict[str, Any]) -> str:
    text = render_to_string(f"reports/email/alert.{suffix}", context).strip() + "\n"
    return re.sub(r"\n{3,}", "\n\n", text)
