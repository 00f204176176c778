"""What a seat map shows: the layout (static) and the statuses (volatile), as two resources.

The layout is immutable per version and cached for ever. The statuses are micro-cached for
``STATUSES_FRESH_SECONDS`` and rebuilt by one process at a time, so that a thousand viewers cost
one query a second. A cache that is away costs a query, never an error.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple, TypedDict

import orjson
import redis
from django.db.models import Case, CharField, F, Value, When
from django.db.models.functions import Now
from django_redis import get_redis_connection

from core.cache import Timing, get_or_build
from core.errors import NotFound
from seating.models import Layout, Seat, SeatStatus, ShowtimeSeat

STATUSES_FRESH_SECONDS = 1
REBUILD_LOCK_MS = 2_000
REBUILD_WAIT_SECONDS = 0.5
REBUILD_POLL_SECONDS = 0.01
LOCAL_TTL_SECONDS = 0.2
LAYOUTS_CACHED_MAX = 500
PARSED_MAPS_MAX = 50


class SeatPlace(TypedDict):
    id: int
    row: str
    number: int
    line: int
    column: int
    category: str
    partner: int | None


class LayoutDocument(TypedDict):
    id: int
    version: int
    lines: int
    columns: int
    seats: list[SeatPlace]


_layouts: dict[int, LayoutDocument] = {}
_layout_of_seat: dict[int, int] = {}
_local_maps: dict[int, tuple[float, bytes]] = {}  # showtime → until when, the API's map


def layout_of_showtime(showtime_id: int) -> int:
    """Id of the layout that the showtime's seats belong to now (≤ 1 s old). Raises NotFound."""
    seats = orjson.loads(statuses_bytes(showtime_id))["seats"]
    return layout_of_seat(seats[0][0])


def layout_of_seat(seat_id: int) -> int:
    """The seat's layout; cached for ever, because a seat never changes its layout."""
    if seat_id not in _layout_of_seat:
        layout_id = Seat.objects.values_list("layout_id", flat=True).get(pk=seat_id)
        _cache_locally(_layout_of_seat, seat_id, layout_id)
    return _layout_of_seat[seat_id]


def layout_document(layout_id: int) -> LayoutDocument:
    """Every seat's place, nearest the screen first. One query the first time, then none."""
    if layout_id not in _layouts:
        _cache_locally(_layouts, layout_id, _read_layout(layout_id))
    return _layouts[layout_id]


def places(showtime_id: int) -> dict[int, SeatPlace]:
    """Where each seat of the showtime is, by its id. Raises NotFound."""
    layout = layout_document(layout_of_showtime(showtime_id))
    return {place["id"]: place for place in layout["seats"]}


def _cache_locally(kept: dict[int, Any], key: int, value: Any) -> None:
    if len(kept) >= LAYOUTS_CACHED_MAX:
        kept.clear()
    kept[key] = value


def _read_layout(layout_id: int) -> LayoutDocument:
    layout = Layout.objects.filter(pk=layout_id).first()
    if layout is None:
        raise NotFound()
    seats: list[SeatPlace] = [
        {
            "id": seat.pk,
            "row": seat.row,
            "number": seat.number,
            "line": seat.line,
            "column": seat.column,
            "category": seat.category,
            "partner": seat.partner_id,
        }
        for seat in Seat.objects.filter(layout_id=layout_id).order_by("line", "column")
    ]
    return {
        "id": layout.pk,
        "version": layout.version,
        "lines": max(seat["line"] for seat in seats) + 1,
        "columns": max(seat["column"] for seat in seats) + 1,
        "seats": seats,
    }


def _read_seats(showtime_id: int) -> list[tuple[int, str, int, int]]:
    """(seat id, status, version, price) by seat; a hold past its time shows as available."""
    current_map = Case(
        When(status=SeatStatus.HELD, held_until__lte=Now(), then=Value(SeatStatus.AVAILABLE)),
        default=F("status"),
        output_field=CharField(),
    )
    rows = list(
        ShowtimeSeat.objects.filter(showtime_id=showtime_id)
        .order_by("seat_id")
        .values_list("seat_id", current_map, "version", "price_rupiah")
    )
    if not rows:
        raise NotFound()
    return rows


def _build_statuses(showtime_id: int) -> bytes:
    rows = _read_seats(showtime_id)
    return orjson.dumps(
        {
            "showtime": showtime_id,
            "seats": [[seat_id, status, version] for seat_id, status, version, _price in rows],
            "versions": sum(version for _id, _status, version, _price in rows),
            "available": sum(1 for row in rows if row[1] == SeatStatus.AVAILABLE),
        }
    )


def _build_api_seats(showtime_id: int) -> bytes:
    rows = _read_seats(showtime_id)
    layout = layout_document(layout_of_seat(rows[0][0]))
    by_id = {place["id"]: place for place in layout["seats"]}
    return orjson.dumps(
        [
            {
                "id": seat_id,
                "row": by_id[seat_id]["row"],
                "number": by_id[seat_id]["number"],
                "category": by_id[seat_id]["category"],
                "price_rupiah": price_rupiah,
                "status": status,
                "version": version,
            }
            for seat_id, status, version, price_rupiah in rows
        ]
    )


_BUILDERS = {"statuses": _build_statuses, "api": _build_api_seats}


def statuses_bytes(showtime_id: int) -> bytes:
    """JSON ``{"showtime", "seats": [[seat id, status, version]], "versions", "available"}``.

    ``versions`` is the sum of all versions, so it counts the changes ever made: a map whose own
    sum is lower has missed one. Raises NotFound.
    """
    return _cached("statuses", showtime_id)


def seats_api_bytes(showtime_id: int) -> bytes:
    """JSON ``[{id, row, number, category, price_rupiah, status, version}]``. Raises NotFound.

    Kept by this process as well, for a moment: the same object, so that it is hashed once. What
    the live feed catches up from (``statuses_bytes``) is never kept here.
    """
    local = _local_maps.get(showtime_id)
    now = time.monotonic()
    if local is None or local[0] < now:
        local = (now + LOCAL_TTL_SECONDS, _cached("api", showtime_id))
        _cache_locally(_local_maps, showtime_id, local)
    return local[1]


def _key(kind: str, showtime_id: int) -> str:
    return f"layar:seatmap:{kind}:{showtime_id}"


def _cached(kind: str, showtime_id: int) -> bytes:
    """Fresh bytes from Redis, rebuilt by one process at a time; from PostgreSQL without Redis."""
    key = _key(kind, showtime_id)
    timing = Timing(
        STATUSES_FRESH_SECONDS * 1_000,
        REBUILD_LOCK_MS,
        REBUILD_WAIT_SECONDS,
        REBUILD_POLL_SECONDS,
    )
    store = get_redis_connection("default")
    entries = get_or_build(store, [key], lambda _keys: {key: _BUILDERS[kind](showtime_id)}, timing)
    return entries[key]


def invalidate(showtime_id: int) -> None:
    """Drop the micro-cache, so that a visitor who changed a seat reads the change.

    Other processes may serve the API's map for LOCAL_TTL_SECONDS more; versions keep it
    from undoing what a client knows.
    """
    invalidate_local(showtime_id)
    try:
        get_redis_connection("default").delete(*cache_keys(showtime_id))
    except redis.RedisError:
        return  # it expires within STATUSES_FRESH_SECONDS


def invalidate_local(showtime_id: int) -> None:
    """Drop this process's copy."""
    _local_maps.pop(showtime_id, None)


def cache_keys(showtime_id: int) -> list[str]:
    """Redis keys of the showtime's map."""
    return [_key(kind, showtime_id) for kind in _BUILDERS]


class ParsedMap(NamedTuple):
    """A parsed map: each seat's place by its id, and the free places."""

    places: dict[int, SeatPlace]
    free: tuple[SeatPlace, ...]


def current_map(showtime_id: int) -> ParsedMap:
    """The map as shown now (about 1 s old). Raises NotFound."""
    return _parse(seats_api_bytes(showtime_id))


@lru_cache(maxsize=PARSED_MAPS_MAX)
def _parse(body: bytes) -> ParsedMap:
    """Parsed once per map, however many refusals use it."""
    seats = orjson.loads(body)
    layout = layout_document(layout_of_seat(seats[0]["id"]))
    by_id = {place["id"]: place for place in layout["seats"]}
    free = tuple(by_id[seat["id"]] for seat in seats if seat["status"] == SeatStatus.AVAILABLE)
    return ParsedMap(by_id, free)


def nearest_free(showtime_id: int, seat_ids: Sequence[int]) -> list[SeatPlace]:
    """For each lost seat the free one closest to it, from the cached map (about 1 s old)."""
    by_id, free = current_map(showtime_id)
    candidates = [place for place in free if place["id"] not in seat_ids]
    nearest: list[SeatPlace] = []
    for seat_id in seat_ids:
        lost = by_id.get(seat_id)
        if lost is None:
            continue
        if not candidates:
            break
        best = min(candidates, key=partial(_distance, lost))
        candidates.remove(best)
        nearest.append(best)
    return nearest


def _distance(one: SeatPlace, other: SeatPlace) -> tuple[int, int]:
    """Another row counts as three seats sideways; another category is the last resort."""
    apart = 3 * abs(one["line"] - other["line"]) + abs(one["column"] - other["column"])
    return (int(one["category"] != other["category"]), apart)
