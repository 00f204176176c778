"""Description of an incident's finding in one sentence, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking
from movies.models import Showtime
from reports.models import Incident
from reports.monitoring.kinds import kind_of
from seating.models import ShowtimeSeat

# ``seat`` and ``showtime`` are names, as in "Seat C7 of “Hujan”, 28 Nov 2026 19:00".
SENTENCES: dict[str, Promise] = {
    "seat_has_two_live_tickets": _("Seat %(seat)s of %(showtime)s has two valid tickets."),
    "sold_seat_has_no_ticket": _("Seat %(seat)s of %(showtime)s is sold but has no ticket."),
    "live_ticket_has_no_seat": _("Seat %(seat)s of %(showtime)s has a ticket but is not sold."),
    "held_seat_of_ended_hold": _(
        "Seat %(seat)s of %(showtime)s is still held, although its hold has ended."
    ),
    "held_seat_unlike_its_hold": _(
        "Seat %(seat)s of %(showtime)s is held for another time than its hold."
    ),
    "confirmed_booking_not_paid": _(
        "Booking %(booking)s is confirmed, but no payment covers it exactly."
    ),
    "confirmed_booking_tickets_disagree": _(
        "The tickets of booking %(booking)s do not add up to its amounts."
    ),
    "live_ticket_of_unpaid_booking": _("Booking %(booking)s has valid tickets but is not paid."),
    "pending_booking_lost_its_seats": _(
        "Booking %(booking)s waits for its payment, but its seats are not held any more."
    ),
    "ledger_disagrees_with_payments": _(
        "The ledger of booking %(booking)s does not add up to its payments."
    ),
    "cancelled_booking_keeps_money": _(
        "Booking %(booking)s is cancelled, but not all that is due is refunded."
    ),
    "cancelled_showtime_has_orders": _(
        "%(showtime)s is cancelled, but still has tickets or waiting bookings."
    ),
    "showtime_too_short": _("%(showtime)s ends before its film and the cleaning are over."),
}
SUBJECT_IS_SEAT = frozenset(
    {
        "seat_has_two_live_tickets",
        "sold_seat_has_no_ticket",
        "held_seat_of_ended_hold",
        "held_seat_unlike_its_hold",
    }
)


@dataclass(frozen=True)
class Fault:
    sentence: str
    seat: str = ""
    showtime: str = ""
    booking: str = ""


@dataclass(frozen=True)
class _Names:
    seats: Mapping[int, str]
    showtimes: Mapping[int, str]
    bookings: Mapping[UUID, str]


def describe(incidents: Iterable[Incident]) -> dict[int, Fault]:
    """Incident id → fault, in at most three queries."""
    found = list(incidents)
    names = _Names(_seats(found), _showtimes(found), _bookings(found))
    return {incident.pk: _fault(incident, names) for incident in found}


def _fault(incident: Incident, names: _Names) -> Fault:
    facts = incident.facts
    seat = names.seats.get(_seat_id(incident) or 0, "")
    showtime = names.showtimes.get(_number(facts.get("showtime")) or 0, "")
    booking = _booking_code(facts, names)
    sentence = SENTENCES.get(incident.kind)
    values = {"seat": seat, "showtime": showtime, "booking": booking}
    if sentence is None or not _is_complete(str(sentence), values):
        label = str(kind_of(incident.kind).label) or incident.summary
        return Fault(label, seat, showtime, booking)
    return Fault(str(sentence) % values, seat, showtime, booking)


def _is_complete(sentence: str, values: dict[str, str]) -> bool:
    return all(value or f"%({name})s" not in sentence for name, value in values.items())


def _seat_id(incident: Incident) -> int | None:
    """Of the seat of a showtime (``ShowtimeSeat``)."""
    is_seat = incident.kind in SUBJECT_IS_SEAT
    return _number(incident.facts.get("subject") if is_seat else incident.facts.get("seat"))


def _seats(incidents: list[Incident]) -> dict[int, str]:
    wanted = {seat for incident in incidents if (seat := _seat_id(incident)) is not None}
    rows = ShowtimeSeat.objects.filter(pk__in=wanted).select_related("seat")
    return {row.pk: row.seat.label for row in rows} if wanted else {}


def _showtimes(incidents: list[Incident]) -> dict[int, str]:
    wanted = {
        showtime
        for incident in incidents
        if (showtime := _number(incident.facts.get("showtime"))) is not None
    }
    rows = Showtime.objects.with_places().filter(pk__in=wanted) if wanted else ()
    return {row.pk: _showtime_name(row) for row in rows}


def _showtime_name(showtime: Showtime) -> str:
    local = showtime.local_starts_at
    start = f"{date_format(local, 'DATE_FORMAT')} {local:%H:%M} {local.tzname()}"
    return f"“{showtime.movie.title}”, {start}"


def _bookings(incidents: list[Incident]) -> dict[UUID, str]:
    wanted = {key for incident in incidents for key in _booking_keys(incident.facts)}
    rows = Booking.objects.filter(pk__in=wanted).values_list("pk", "code") if wanted else ()
    return dict(rows)


def _booking_keys(facts: Mapping[str, Any]) -> list[UUID]:
    """Facts that may be the id of a booking."""
    keys = (_uuid(facts.get(name)) for name in ("booking", "sale", "subject"))
    return [key for key in keys if key is not None]


def _booking_code(facts: Mapping[str, Any], names: _Names) -> str:
    for key in _booking_keys(facts):
        if key in names.bookings:
            return names.bookings[key]
    code = str(facts.get("booking", ""))
    return "" if _uuid(code) else code


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _number(value: Any) -> int | None:
    return int(value) if str(value).isdecimal() else None
