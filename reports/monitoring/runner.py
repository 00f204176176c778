"""Looking for trouble at regular times, and writing down what is found and what has healed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.utils import translation

from reports.monitoring import incidents
from reports.monitoring.checks.backups import BACKUP_LOOKS
from reports.monitoring.checks.check import EACH_MAX, Look
from reports.monitoring.checks.messages import MESSAGE_LOOKS
from reports.monitoring.checks.payments import PAYMENT_LOOKS
from reports.monitoring.checks.refunds import REFUND_LOOKS
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

# Incidents are read by staff of every language, months later: one language for the rows. Pages
# tell a kind's story in the reader's own (``reports.monitoring.kinds``).
ROW_LANGUAGE = "en"
HOARDING = "seats_hoarded"
LOOKS: tuple[Look, ...] = (*REFUND_LOOKS, *PAYMENT_LOOKS, *MESSAGE_LOOKS, *BACKUP_LOOKS)
CHEAP = tuple(invariant for invariant in INVARIANTS if invariant.cost != Cost.WHOLE)


def look(at: datetime) -> int:
    """Record all that is wrong now, mark what is so no more; returns how much is wrong."""
    with translation.override(ROW_LANGUAGE):
        found = check_invariants()
        _write_down(found, at)
        names = [invariant.name for invariant in INVARIANTS]
        _heal([name for name in names if _count(found, name) < VIOLATIONS_MAX], found, at)
        return len(found) + sum(see(one, at) for one in LOOKS)


def look_quickly(at: datetime) -> int:
    """As ``look``, with the invariants that cost little however long the history is."""
    with translation.override(ROW_LANGUAGE):
        found = check_recent(CHEAP)
        _write_down(found, at)
        # What was only looked at in part has not healed.
        _heal([one.name for one in CHEAP if one.cost == Cost.OPEN], found, at)
        return len(found) + sum(see(one, at) for one in LOOKS)


def check_one(name: str, fingerprint: str, at: datetime) -> bool:
    """Whether this one violation is still there; writes down what it finds of the invariant."""
    with translation.override(ROW_LANGUAGE):
        found = check_invariants([invariant_named(name)])
        _write_down(found, at)
        _heal([name], found, at)
    return fingerprint in {violation.fingerprint for violation in found}


def see(one: Look, at: datetime) -> int:
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
    if len(findings) < EACH_MAX:  # else what was not looked at is not over
        incidents.heal([one.kind], at, but=[one.fingerprint(finding) for finding in findings])
    return len(findings)


def check_hoarding(at: datetime) -> int:
    """Record each network that hoards seats in this hour, once an hour; returns their number."""
    found = abuse.worst(at)
    for each in found:
        summary = f"{each.network}: {each.lapses} unpaid holds of {each.visitors} visitors"
        fingerprint = f"{HOARDING}:{each.network}:{each.hour}"
        incidents.record_once(HOARDING, fingerprint, summary, asdict(each), None, at)
    return len(found)


def _write_down(found: list[Violation], at: datetime) -> None:
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
    incidents.heal(names, at, but=[violation.fingerprint for violation in found])


def _count(found: list[Violation], name: str) -> int:
    return sum(violation.invariant.name == name for violation in found)
