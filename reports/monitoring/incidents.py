"""Recording, healing and resolving incidents."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import User
from movies.models import Cinema
from reports.errors import IncidentResolved, NoteMissing
from reports.models import Incident

logger = logging.getLogger(__name__)

SUMMARY_LENGTH_MAX = 300
RECORD_ATTEMPTS_MAX = 2


def record(
    kind: str,
    fingerprint: str,
    summary: str,
    facts: Mapping[str, Any],
    cinema: Cinema | int | None,
    at: datetime,
) -> Incident:
    """Open an incident, or increment the open one with this fingerprint.

    ``facts`` hold no personal data. A problem that recurs after its resolution opens a new
    incident, so the resolved one keeps its note.
    """
    for _attempt in range(RECORD_ATTEMPTS_MAX):
        incident = _count_again(fingerprint, summary, facts, at)
        if incident is not None:
            return incident
        try:
            with transaction.atomic():
                incident = _open(kind, fingerprint, summary, facts, cinema, at)
        except IntegrityError:
            continue  # another worker opened it between our two statements
        logger.error("incident %s opened: %s", incident.pk, fingerprint)
        return incident
    raise RuntimeError(f"incident {fingerprint} is opened and resolved faster than it is counted")


def record_once(
    kind: str,
    fingerprint: str,
    summary: str,
    facts: Mapping[str, Any],
    cinema: Cinema | int | None,
    at: datetime,
) -> Incident | None:
    """As ``record``, except that a resolved fingerprint is not reopened.

    For problems that staff solve outside the database, which would otherwise be reported
    forever: a refund made by hand, a buyer who was phoned.
    """
    if Incident.objects.filter(fingerprint=fingerprint, resolved_at__isnull=False).exists():
        return None
    return record(kind, fingerprint, summary, facts, cinema, at)


@transaction.atomic
def resolve(*, incident_id: int, by: User, note: str, at: datetime) -> Incident:
    """Resolve an incident. Locks it. Raises NoteMissing, IncidentResolved."""
    note = note.strip()
    if not note:
        raise NoteMissing()
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident_id)
    if incident.resolved_at is not None:
        raise IncidentResolved()
    incident.resolved_at, incident.resolved_by, incident.note = at, by, note
    incident.save(update_fields=["resolved_at", "resolved_by", "note"])
    return incident


def mark_healed(kinds: Collection[str], at: datetime, *, but: Collection[str] = ()) -> int:
    """Mark open incidents of these kinds as healed; returns their number.

    Fingerprints in ``but`` still have the problem. A healed incident stays open until
    a person resolves it, because the problem may return.
    """
    recovered = Incident.objects.unresolved().filter(
        kind__in=kinds, healed_at__isnull=True, last_seen_at__lte=at
    )
    return recovered.exclude(fingerprint__in=but).update(healed_at=at)


def _count_again(
    fingerprint: str, summary: str, facts: Mapping[str, Any], at: datetime
) -> Incident | None:
    is_open = Incident.objects.unresolved().filter(fingerprint=fingerprint)
    is_open.filter(healed_at__isnull=False).update(
        healed_at=None, times_returned=F("times_returned") + 1
    )
    counted = is_open.update(
        last_seen_at=at,
        times_seen=F("times_seen") + 1,
        summary=summary[:SUMMARY_LENGTH_MAX],
        facts=dict(facts),
    )
    return is_open.first() if counted else None


def _open(
    kind: str,
    fingerprint: str,
    summary: str,
    facts: Mapping[str, Any],
    cinema: Cinema | int | None,
    at: datetime,
) -> Incident:
    return Incident.objects.create(
        kind=kind,
        fingerprint=fingerprint,
        cinema_id=cinema.pk if isinstance(cinema, Cinema) else cinema,
        summary=summary[:SUMMARY_LENGTH_MAX],
        facts=dict(facts),
        first_seen_at=at,
        last_seen_at=at,
    )
