"""Contents of a seat map: the layout (static) and the statuses (volatile), as two resources.

The layout is immutable per version and cached for ever. The statuses are micro-cached for
``STATUSES_FRESH_SECONDS`` and rebuilt by one process at a time, so that a thousand viewers cause
one query per second. Without the cache, PostgreSQL is queried.
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
from seating.seatmap import occupancy
from seating.seatmap.occupancy import SeatRuns

STATUSES_FRESH_SECONDS = 1
REBUILD_LOCK_MS = 2_000
REBUILD_WAIT_SECONDS = 0.5
REBUILD_POLL_SECONDS = 0.01
LOCAL_TTL_SECONDS = 0.2
LAYOUTS_CACHED_MAX = 500
PARSED_MAPS_MAX = 50


class LayoutSeat(TypedDict):
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
    seats: list[LayoutSeat]


_layouts: dict[int, LayoutDocument] = {}
_layout_of_seat: dict[int, int] = {}
_local_maps: dict[int, tuple[float, bytes]] = {}  # showtime → expiry, the API's map


def layout_of_showtime(showtime_id: int) -> int:
    """Id of the showtime's present layout (≤ 1 s old). Raises NotFound."""
    seats = orjson.loads(statuses_bytes(showtime_id))["seats"]
    return layout_of_seat(seats[0][0])


def layout_of_seat(seat_id: int) -> int:
    """The seat's layout; cached for ever, because a seat never changes its layout."""
    if seat_id not in _layout_of_seat:
        layout_id = Seat.objects.values_list("layout_id", flat=True).get(pk=seat_id)
        _cache_locally(_layout_of_seat, seat_id, layout_id)
    return _layout_of_seat[seat_id]


def layout_document(layout_id: int) -> LayoutDocument:
    """Every seat's position, nearest the screen first. Cached after the first query."""
    if layout_id not in _layouts:
        _cache_locally(_layouts, layout_id, _read_layout(layout_id))
    return _layouts[layout_id]


@lru_cache(maxsize=LAYOUTS_CACHED_MAX)
def seat_runs(layout_id: int) -> SeatRuns:
    """The layout's seats as they are counted; computed once."""
    return SeatRuns.of(
        (seat["id"], seat["line"], seat["column"], seat["category"])
        for seat in layout_document(layout_id)["seats"]
    )


def places(showtime_id: int) -> dict[int, LayoutSeat]:
    """Seat id → position, for each seat of the showtime. Raises NotFound."""
    layout = layout_document(layout_of_showtime(showtime_id))
    return {place["id"]: place for place in layout["seats"]}


def _cache_locally(cache: dict[int, Any], key: int, value: Any) -> None:
    if len(cache) >= LAYOUTS_CACHED_MAX:
        cache.clear()
    cache[key] = value


def _read_layout(layout_id: int) -> LayoutDocument:
    layout = Layout.objects.filter(pk=layout_id).first()
    if layout is None:
        raise NotFound()
    seats: list[LayoutSeat] = [
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
    runs = seat_runs(layout_of_seat(rows[0][0]))
    full = occupancy.count(runs, {seat_id: status for seat_id, status, *_rest in rows}).fullness
    return orjson.dumps(
        {
            "showtime": showtime_id,
            "seats": [[seat_id, status, version] for seat_id, status, version, _price in rows],
            "versions": sum(version for _id, _status, version, _price in rows),
            "available": sum(1 for row in rows if row[1] == SeatStatus.AVAILABLE),
            **full.document,
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
    """JSON ``{"showtime", "seats": [[seat id, status, version]], "versions", "available",
    "availability", "together"}``.

    ``versions`` is the sum of all versions, so it counts all changes: a map whose own sum is lower
    has missed one. Raises NotFound.
    """
    return _cached("statuses", showtime_id)


def seats_api_bytes(showtime_id: int) -> bytes:
    """JSON ``[{id, row, number, category, price_rupiah, status, version}]``. Raises NotFound.

    Also cached in this process for LOCAL_TTL_SECONDS: the same object, so that it is hashed once.
    The live feed's source (``statuses_bytes``) is never cached here.
    """
    body = local_seats_api_bytes(showtime_id)
    if body is None:
        until = time.monotonic() + LOCAL_TTL_SECONDS
        body = _cached("api", showtime_id)
        _cache_locally(_local_maps, showtime_id, (until, body))
    return body


def local_seats_api_bytes(showtime_id: int) -> bytes | None:
    """This process's copy of the map, if it is fresh."""
    local = _local_maps.get(showtime_id)
    return local[1] if local is not None and local[0] >= time.monotonic() else None


def fresh_seats_api_bytes(showtime_id: int) -> bytes:
    """The same, read from the database now. Raises NotFound."""
    return _build_api_seats(showtime_id)


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
    """Invalidate the micro-cache, so that a visitor who changed a seat reads the change.

    Other processes may serve the API's map for LOCAL_TTL_SECONDS more; versions prevent it from
    overwriting newer data of a client.
    """
    invalidate_local(showtime_id)
    try:
        get_redis_connection("default").delete(*cache_keys(showtime_id))
    except redis.RedisError:
        return  # it expires within STATUSES_FRESH_SECONDS


def invalidate_local(showtime_id: int) -> None:
    """Invalidate this process's copy."""
    _local_maps.pop(showtime_id, None)


def cache_keys(showtime_id: int) -> list[str]:
    """Redis keys of the showtime's map."""
    return [_key(kind, showtime_id) for kind in _BUILDERS]


class ParsedMap(NamedTuple):
    """A parsed map: seat id → position, and the free seats."""

    places: dict[int, LayoutSeat]
    free: tuple[LayoutSeat, ...]


def current_map(showtime_id: int) -> ParsedMap:
    """The parsed map (about 1 s old). Raises NotFound."""
    return _parse(seats_api_bytes(showtime_id))


@lru_cache(maxsize=PARSED_MAPS_MAX)
def _parse(body: bytes) -> ParsedMap:
    """Parsed once per map and shared by all refusals."""
    seats = orjson.loads(body)
    layout = layout_document(layout_of_seat(seats[0]["id"]))
    by_id = {place["id"]: place for place in layout["seats"]}
    free = tuple(by_id[seat["id"]] for seat in seats if seat["status"] == SeatStatus.AVAILABLE)
    return ParsedMap(by_id, free)


def nearest_free(showtime_id: int, seat_ids: Sequence[int]) -> list[LayoutSeat]:
    """The free seat closest to each lost one, from the cached map (about 1 s old)."""
    by_id, free = current_map(showtime_id)
    candidates = [place for place in free if place["id"] not in seat_ids]
    nearest: list[LayoutSeat] = []
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


def _distance(one: LayoutSeat, other: LayoutSeat) -> tuple[int, int]:
    """Distance for ``nearest_free``: a row counts as three seats sideways, another category is the
    last resort."""
    apart = 3 * abs(one["line"] - other["line"]) + abs(one["column"] - other["column"])
    return (int(one["category"] != other["category"]), apart)
