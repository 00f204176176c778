"""Page of a single ticket, opened by its signed link."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bookings.errors import BookingNotFound
from bookings.site.booking import WRONG_LINKS_BY_NETWORK
from bookings.tickets.sharing import ticket_for_link
from core.decorators import private_page, require_left
from core.http.client_ip import client_network


@private_page
@require_safe
def shared_ticket(request: HttpRequest, serial: str, token: str) -> HttpResponseBase:
    network = client_network(request)
    require_left(WRONG_LINKS_BY_NETWORK, network)
    try:
        ticket = ticket_for_link(serial, token)
    except BookingNotFound:
        WRONG_LINKS_BY_NETWORK.record(network)
        raise
    context = {"ticket": ticket, "showtime": ticket.booking.showtime}
    return render(request, "bookings/shared_ticket.html", context)
