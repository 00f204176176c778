"""Runs health checks and invariants, records findings and marks incidents as healed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.utils import translation

from reports.monitoring import incidents
from reports.monitoring.checks.backups import BACKUP_CHECKS
from reports.monitoring.checks.check import FINDINGS_MAX, HealthCheck
from reports.monitoring.checks.messages import MESSAGE_CHECKS
from reports.monitoring.checks.payments import PAYMENT_CHECKS
from reports.monitoring.checks.refunds import REFUND_CHECKS
from reports.monitoring.invariants import (
    INVARIANTS,
    Cost,
    Violation,
    check_invariants,
    check_recent,
    invariant_named,
)
from reports.monitoring.invariants.check import VIOLATIONS_MAX
from seating.holds import abuse

# Stored summaries use one language, because staff of every language read them. Pages
# describe the kind in the reader's language (``reports.monitoring.kinds``).
ROW_LANGUAGE = "en"
HOARDING = "seats_hoarded"
HEALTH_CHECKS: tuple[HealthCheck, ...] = (
    *REFUND_CHECKS,
    *PAYMENT_CHECKS,
    *MESSAGE_CHECKS,
    *BACKUP_CHECKS,
)
QUICK_INVARIANTS = tuple(invariant for invariant in INVARIANTS if invariant.cost != Cost.WHOLE)


def run_all(at: datetime) -> int:
    """Run every invariant and health check; returns the number of problems found."""
    with translation.override(ROW_LANGUAGE):
        found = check_invariants()
        _log_violations(found, at)
        names = [invariant.name for invariant in INVARIANTS]
        _heal([name for name in names if _count(found, name) < VIOLATIONS_MAX], found, at)
        return len(found) + sum(run_check(one, at) for one in HEALTH_CHECKS)


def run_quick(at: datetime) -> int:
    """As ``run_all``, limited to invariants whose cost does not grow with the history."""
    with translation.override(ROW_LANGUAGE):
        found = check_recent(QUICK_INVARIANTS)
        _log_violations(found, at)
        # Partial checks cannot show that a problem is gone.
        _heal([one.name for one in QUICK_INVARIANTS if one.cost == Cost.OPEN], found, at)
        return len(found) + sum(run_check(one, at) for one in HEALTH_CHECKS)


def check_one(name: str, fingerprint: str, at: datetime) -> bool:
    """Whether this violation persists; records all violations of its invariant."""
    with translation.override(ROW_LANGUAGE):
        found = check_invariants([invariant_named(name)])
        _log_violations(found, at)
        _heal([name], found, at)
    return fingerprint in {violation.fingerprint for violation in found}


def run_check(one: HealthCheck, at: datetime) -> int:
    with translation.override(ROW_LANGUAGE):
        findings = one.find(at)
    write_down = incidents.record_once if one.stays_resolved else incidents.record
    for finding in findings:
        write_down(
            one.kind,
            one.fingerprint(finding),
            finding.summary,
            finding.facts,
            finding.cinema_id,
            at,
        )
    if len(findings) < FINDINGS_MAX:  # otherwise some findings were cut off
        incidents.mark_healed(
            [one.kind], at, but=[one.fingerprint(finding) for finding in findings]
        )
    return len(findings)


def check_hoarding(at: datetime) -> int:
    """Record each network that hoards seats in this hour, once an hour; returns their number."""
    found = abuse.worst(at)
    for each in found:
        summary = f"{each.network}: {each.lapses} unpaid holds of {each.visitors} visitors"
        fingerprint = f"{HOARDING}:{each.network}:{each.hour}"
        incidents.record_once(HOARDING, fingerprint, summary, asdict(each), None, at)
    return len(found)


def _log_violations(found: list[Violation], at: datetime) -> None:
    for violation in found:
        incidents.record(
            violation.invariant.name,
            violation.fingerprint,
            str(violation.invariant.rule),
            {"subject": violation.subject, "showtime": violation.showtime_id, **violation.facts},
            violation.cinema_id,
            at,
        )


def _heal(names: list[str], found: list[Violation], at: datetime) -> None:
    incidents.mark_healed(names, at, but=[violation.fingerprint for violation in found])


def _count(found: list[Violation], name: str) -> int:
    return sum(violation.invariant.name == name for violation in found)
