"""Two cinemas: one with a row of everything, one whose manager writes by hand."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from tests.access.elsewhere import manager_elsewhere, own_cinema
from tests.access.knocking import caller
from tests.access.world import World, make_world
from tests.factories import make_layout, make_showtime, make_studio


@pytest.fixture
def two_cinemas() -> World:
    """The other cinema has what a form of its manager could need."""
    world = make_world()
    studio = make_studio(own_cinema(world), name="Theirs")
    make_layout(studio)
    make_showtime(studio, at=timezone.now())
    return world


@pytest.fixture
def stranger(two_cinemas: World) -> Client:
    return caller(manager_elsewhere(two_cinemas))
