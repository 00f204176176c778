"""Cancelling a showtime in the office: a dry run first, and only in the user's cinemas."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from bookings.models import ShowtimeCancellation
from tests.factories import (
    make_booking,
    make_cinema,
    make_confirmed_booking,
    make_manager,
    make_showtime,
)

pytestmark = pytest.mark.django_db

ADD = reverse("admin:bookings_showtimecancellation_add")


def test_cancellation_shows_its_effects_before_confirmation(client: Client) -> None:
    showtime = make_showtime()
    make_confirmed_booking(showtime, 2)
    make_booking(showtime, 1)
    client.force_login(make_manager(showtime.studio.cinema))
    page = f"{ADD}?showtime={showtime.pk}"

    shown = client.get(page).content.decode()
    numbers = re.findall(r"data-(orders|tickets|waiting)>(\d+)<", shown)
    assert numbers == [("orders", "1"), ("tickets", "2"), ("waiting", "1")]
    assert client.post(page, {"reason": ""}).status_code == 200
    assert not ShowtimeCancellation.objects.exists()

    done = client.post(page, {"reason": "Projector broke"})

    cancelling = ShowtimeCancellation.objects.get()
    assert done["Location"] == reverse(
        "admin:bookings_showtimecancellation_change", args=[cancelling.pk]
    )
    assert client.get(done["Location"]).status_code == 200
    assert client.get(reverse("admin:bookings_showtimecancellation_changelist")).status_code == 200
    showtime.refresh_from_db()
    assert showtime.cancelled_at is not None


def test_showtime_of_another_cinema_is_not_found(client: Client) -> None:
    showtime = make_showtime()
    client.force_login(make_manager(make_cinema()))

    for asked in (showtime.pk, "0", "x"):
        assert client.post(f"{ADD}?showtime={asked}", {"reason": "x"}).status_code == 404
    showtime.refresh_from_db()
    assert showtime.cancelled_at is None


def test_page_of_a_showtime_leads_to_its_cancelling(client: Client) -> None:
    showtime = make_showtime()
    client.force_login(make_manager(showtime.studio.cinema))
    assert client.get(ADD)["Location"] == reverse("admin:movies_showtime_changelist")

    page = client.get(reverse("admin:movies_showtime_change", args=[showtime.pk]))
    way = reverse("admin:movies_showtime_cancel_showtime", args=[showtime.pk])

    assert way in page.content.decode()
    assert client.get(way)["Location"] == f"{ADD}?showtime={showtime.pk}"
