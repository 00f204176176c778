"""Passes: what a visitor needs to hold seats while a waiting room is open.

A pass is signed, names the place and its visitor, and ends with the time inside. Each new one voids
the one before. The row of the place is asked as well, so a pass ends with its place.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from uuid import UUID

from django.core import signing
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from core.db.prepared import execute_prepared
from seating.errors import WaitingRoomOpen
from seating.models import WaitingPlace
from seating.waiting_room import demand, rooms
from seating.waiting_room.rooms import RoomRecord

SALT = "seating.waiting_pass"
COOKIE = "layar_pass"
HEADER = "X-Waiting-Pass"
META_KEY = "HTTP_X_WAITING_PASS"  # the headers of a request are a dictionary that costs time
PASS = re.compile(r"[A-Za-z0-9:_.-]{1,512}")

IS_INSIDE = """
SELECT EXISTS (
    SELECT FROM seating_waitingplace
    WHERE number = %(number)s AND room_id = %(room_id)s AND visitor = %(visitor)s
      AND pass_number = %(pass_number)s AND ended_at IS NULL
      AND admitted_until > statement_timestamp()
)
"""
NOTE_HELD = """
UPDATE seating_waitingplace SET held_at = statement_timestamp()
WHERE room_id = %(room_id)s AND visitor = %(visitor)s AND ended_at IS NULL AND held_at IS NULL
RETURNING id
"""
HOLDS_SEATS = """
SELECT EXISTS (
    SELECT FROM seating_hold
    WHERE visitor = %(visitor)s AND showtime_id = %(showtime_id)s AND ended_at IS NULL
      AND expires_at > statement_timestamp()
)
"""


def issue(place: WaitingPlace) -> str:
    """The pass of a place that its visitor has come in with."""
    if place.admitted_until is None:
        raise ValueError("a pass needs an admitted place")
    until = int(place.admitted_until.timestamp())
    values = [place.room_id, place.number.hex, place.pass_number, until, _digest(place.visitor)]
    return signing.dumps(values, salt=SALT)


def given(request: HttpRequest | Request) -> str:
    """The pass that a request carries: in an app's header, or a browser's cookie."""
    carried = request.META.get(META_KEY) or request.COOKIES.get(COOKIE, "")
    return carried if carried and PASS.fullmatch(carried) else ""


def is_valid(token: str, *, room_id: int, visitor: str, at: datetime) -> bool:
    """Whether ``token`` lets ``visitor`` hold seats. One query for a pass that is signed for them,
    none for any other."""
    try:
        room, number, pass_number, until, owner = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError):
        return False
    if room != room_id or owner != _digest(visitor) or until <= at.timestamp():
        return False
    values = {"number": UUID(number), "room_id": room_id, "visitor": visitor}
    [(is_inside,)] = execute_prepared(IS_INSIDE, values | {"pass_number": pass_number})
    return bool(is_inside)


def require_pass(showtime_id: int, visitor: str, token: str, *, network: str) -> RoomRecord | None:
    """Refuse seats to a visitor without a pass while a room is open. Returns the showtime's room.

    Whoever holds seats of the showtime already may change them. Costs no query while no room is
    switched on. Raises WaitingRoomOpen.
    """
    at = timezone.now()
    room = rooms.deciding(showtime_id, at)
    if room is None:
        return None
    demand.count(room.pk, demand.WANTED, visitor, network)
    if room.is_open(at) and not may_hold(room, showtime_id, visitor, token, at):
        raise WaitingRoomOpen(waiting_room=room.pk)
    return room


def note_held(room: RoomRecord, visitor: str, *, network: str) -> None:
    """Count a hold for the rate of admission; the first of a place only. One statement while the
    room is open."""
    demand.count(room.pk, demand.HELD, visitor, network)
    if room.is_open(timezone.now()):
        execute_prepared(NOTE_HELD, {"room_id": room.pk, "visitor": visitor})


def may_hold(room: RoomRecord, showtime_id: int, visitor: str, token: str, at: datetime) -> bool:
    """Whether a visitor may hold seats of a showtime behind an open ``room``."""
    if token and is_valid(token, room_id=room.pk, visitor=visitor, at=at):
        return True
    values = {"visitor": visitor, "showtime_id": showtime_id}
    [(holds,)] = execute_prepared(HOLDS_SEATS, values)
    return bool(holds)


def _digest(visitor: str) -> str:
    return hashlib.sha256(f"{SALT} {visitor}".encode()).hexdigest()[:32]
