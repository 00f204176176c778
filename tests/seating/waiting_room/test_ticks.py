"""Ticks in Celery and in requests: the draw, and rooms that fail."""

from __future__ import annotations

import pytest
from django.db import IntegrityError
from django.utils import timezone

from seating.models import WaitingRoom
from seating.waiting_room import admission, places
from tests.factories import make_showtime
from tests.seating.waiting_room.fixtures import (
    before_opening,
    called,
    make_room,
    pass_time,
    reach_opening,
    tick,
    waiting,
)

pytestmark = pytest.mark.django_db
ANI, BUDI, CITRA = "web:ani", "web:budi", "web:citra"


def test_request_does_not_draw_but_celery_does() -> None:
    room = before_opening()
    waiting(room, [ANI])
    reach_opening(room)
    places.see(room_id=room.pk, visitor=ANI)
    room.refresh_from_db()
    assert (room.drawn_at, called(room)) == (None, [])

    pass_time(room, 5)
    admission.tick_all()

    room.refresh_from_db()
    assert (room.drawn_count, called(room)) == (1, [ANI])


def broken_room() -> WaitingRoom:
    """A room whose next rank was given before, so that its ticks fail."""
    room = make_room(inside_max=1)
    waiting(room, [ANI])
    tick(room)
    waiting(room, [BUDI])
    WaitingRoom.objects.filter(pk=room.pk).update(last_rank=0, called_count=0)
    pass_time(room, 60)
    return room


def test_failing_room_does_not_keep_the_others_waiting() -> None:
    broken_room()
    other = make_room(make_showtime())
    waiting(other, [CITRA])

    assert (admission.tick_all(), called(other)) == (1, [CITRA])


def test_failing_tick_does_not_fail_the_page_of_a_place() -> None:
    room = broken_room()

    assert places.see(room_id=room.pk, visitor=BUDI).visitor == BUDI


def test_opening_cannot_be_set_once_there_are_turns() -> None:
    room = make_room()
    waiting(room, [ANI])
    tick(room)

    with pytest.raises(IntegrityError, match="waiting_room_draw_before_ranks"):
        WaitingRoom.objects.filter(pk=room.pk).update(opens_at=timezone.now())
