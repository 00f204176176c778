"""Demand counts people: not requests, and not every browser of one network."""

from __future__ import annotations

import pytest
from django.utils import timezone

from seating.models import RoomControl
from seating.waiting_room import demand
from seating.waiting_room.demand import PEOPLE_BY_NETWORK_MAX, Demand
from tests.factories import make_showtime
from tests.seating.waiting_room.fixtures import make_room, tick

pytestmark = pytest.mark.django_db
REQUESTS = 200


def test_one_visitor_counts_once() -> None:
    room = make_room(make_showtime(), control=RoomControl.AUTOMATIC, per_minute_max=40)

    for _request in range(REQUESTS):
        demand.count(room.pk, demand.WANTED, "web:ani", "192.0.2.1")
    tick(room)

    room.refresh_from_db()
    assert (demand.measure(room.pk, timezone.now()), room.engaged_at) == (Demand(1, 0), None)


def test_one_network_counts_as_some_people_at_most() -> None:
    room = make_room(make_showtime(), control=RoomControl.AUTOMATIC)

    for number in range(REQUESTS):
        demand.count(room.pk, demand.WANTED, f"web:{number}", "192.0.2.1")

    assert demand.measure(room.pk, timezone.now()).wanted == PEOPLE_BY_NETWORK_MAX


def test_visitors_of_many_networks_count_each() -> None:
    room = make_room(make_showtime(), control=RoomControl.AUTOMATIC)

    for number in range(10):
        demand.count(room.pk, demand.WANTED, f"web:{number}", f"192.0.2.{number}")
        demand.count(room.pk, demand.HELD, f"web:{number}", f"192.0.2.{number}")

    assert demand.measure(room.pk, timezone.now()) == Demand(10, 10)
