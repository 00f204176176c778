"""Many visitors of one network who let seats go unpaid: staff hear of it while it goes on."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from reports.monitoring import incidents
from seating.holds import abuse

KIND = "seats_hoarded"


def look(at: datetime) -> int:
    """Write down each network that hoards in this hour, once an hour; returns how many do."""
    found = abuse.worst(at)
    for each in found:
        summary = f"{each.network}: {each.lapses} unpaid holds of {each.visitors} visitors"
        fingerprint = f"{KIND}:{each.network}:{each.hour}"
        incidents.record_once(KIND, fingerprint, summary, asdict(each), None, at)
    return len(found)
