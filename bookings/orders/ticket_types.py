"""Ticket types that are sold for a showtime."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bookings.errors import TicketTypeNotAllowed, TicketTypeUnknown
from bookings.models import TicketType
from bookings.orders import inserts
from movies.models import Showtime


def types_for(showtime: Showtime) -> list[TicketType]:
    """Ticket types of the showtime in display order; reads the showtime's film."""
    return [kind for kind in inserts.offered_types() if kind.is_sold_for(showtime.movie)]


def chosen_types(showtime: Showtime, codes: Iterable[str]) -> Mapping[str, TicketType]:
    """Code → ticket type. Raises TicketTypeUnknown, TicketTypeNotAllowed."""
    offered = {kind.code: kind for kind in inserts.offered_types()}
    allowed = {code: kind for code, kind in offered.items() if kind.is_sold_for(showtime.movie)}
    for code in codes:
        if code not in offered:
            raise TicketTypeUnknown(ticket_type=code)
        if code not in allowed:
            raise TicketTypeNotAllowed(offered[code].name, showtime.movie.classification, allowed)
    return allowed
