"""The hold of a showtime, found again by an app that was restarted."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from movies.models import Showtime
from seating.models import Hold
from tests.api.test_seats import APP, OTHER_APP, hold, sign_in
from tests.factories import make_showtime, make_user
from tests.seating.test_holds import pass_time, seat_ids

pytestmark = pytest.mark.django_db


def read(showtime: Showtime, headers: dict[str, str]) -> tuple[int, Any]:
    answer = Client(headers=headers).get(f"/api/v1/showtimes/{showtime.pk}/hold")
    found = answer.json()
    return answer.status_code, found.get("id") or found["code"]


def test_installation_finds_its_hold_and_nobody_else_does() -> None:
    showtime, other = make_showtime(rows="A", seats_per_row=2), make_showtime()
    held = hold(showtime, seat_ids(showtime), APP).json()

    assert read(showtime, APP) == (200, held["id"])
    for who, where in [(OTHER_APP, showtime), ({}, showtime), (APP, other)]:
        assert read(where, who) == (404, "hold_not_found")
    assert read(showtime, sign_in(make_user())) == (404, "hold_not_found")
    pass_time(301)
    assert read(showtime, APP) == (404, "hold_not_found")


def test_sign_in_transfers_the_hold_of_the_installation() -> None:
    showtime, user = make_showtime(rows="A", seats_per_row=2), make_user()
    held = hold(showtime, seat_ids(showtime)[:1], APP).json()

    with_app = read(showtime, sign_in(user) | APP)

    assert with_app == (200, held["id"])
    assert Hold.objects.get().visitor == f"user:{user.pk}"
    assert read(showtime, sign_in(user)) == (200, held["id"])
    assert read(showtime, APP) == (404, "hold_not_found")


def test_hold_of_the_account_comes_before_that_of_the_installation() -> None:
    showtime, user = make_showtime(rows="A", seats_per_row=2), make_user()
    first, second = seat_ids(showtime)
    hold(showtime, [first], APP)
    mine = hold(showtime, [second], sign_in(user)).json()

    assert read(showtime, sign_in(user) | APP) == (200, mine["id"])
