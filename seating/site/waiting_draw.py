"""The draw of a waiting room, for whoever wants to verify it."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.decorators import enforce
from core.errors import NotFound
from core.http.client_ip import client_network
from core.ratelimit import RateLimit
from seating.models import WaitingRoom
from seating.waiting_room import places
from seating.waiting_room.draw import drawn_places, has_whole_order

ORDERS_BY_NETWORK = RateLimit("waiting_order_network", 60, 60)


@require_safe
@never_cache
def draw(request: HttpRequest, room_id: int) -> HttpResponse:
    """The commitment, the seed once it was drawn with, and how to verify the order."""
    room = places.get_room(room_id)
    context = {"room": room, "has_order": has_whole_order(room)}
    return render(request, "seating/waiting_draw.html", context)


@require_safe
@never_cache
def order(request: HttpRequest, room_id: int) -> StreamingHttpResponse:
    """The drawn order as CSV: rank and number of each place. Names nobody. Not found once places
    were deleted: a list with gaps verifies nothing."""
    room = places.get_room(room_id)
    enforce(ORDERS_BY_NETWORK, client_network(request))
    if not has_whole_order(room):
        raise NotFound()
    return StreamingHttpResponse(
        _lines(room),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="draw-{room.pk}.csv"'},
    )


def _lines(room: WaitingRoom) -> Iterator[str]:
    yield "rank,place\n"
    for rank, number in drawn_places(room):
        yield f"{rank},{number}\n"
