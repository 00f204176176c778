"""Fixtures of two cinemas: one with a row of every kind, one whose manager sends hand-made
requests."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from tests.access.other_cinema import manager_elsewhere, own_cinema
from tests.access.requests import caller
from tests.access.world import World, make_world
from tests.factories import make_layout, make_showtime, make_studio


@pytest.fixture
def two_cinemas() -> World:
    """The other cinema has every row that a form of its manager can refer to."""
    world = make_world()
    studio = make_studio(own_cinema(world), name="Theirs")
    make_layout(studio)
    make_showtime(studio, at=timezone.now())
    return world


@pytest.fixture
def outsider(two_cinemas: World) -> Client:
    return caller(manager_elsewhere(two_cinemas))
