"""Extension of a hold: once, on request, by its owner, before its booking."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from seating.errors import HoldExpired, HoldExtended, HoldNotFound, HoldSealed
from seating.holds import transitions
from seating.holds.extension import HOLD_EXTENSION_SECONDS, extend_hold
from seating.holds.types import HeldSeats
from seating.models import Hold
from tests.factories import make_showtime
from tests.seating.test_holds import BUDI, SITI, pass_time, seat_ids
from tests.seating.test_views import hold, post, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def held() -> HeldSeats:
    showtime = make_showtime(rows="A", seats_per_row=3)
    return transitions.hold_seats(
        showtime_id=showtime.pk, visitor=SITI, seat_ids=seat_ids(showtime)[:2]
    )


def test_hold_and_its_seats_last_longer(held: HeldSeats) -> None:
    assert held.is_extendable

    longer = extend_hold(hold_id=held.hold_id, visitor=SITI)

    assert longer.expires_at == held.expires_at + timedelta(seconds=HOLD_EXTENSION_SECONDS)
    assert not longer.is_extendable
    row = Hold.objects.get(pk=held.hold_id)
    assert set(row.seats.values_list("held_until", flat=True)) == {longer.expires_at}


def test_hold_is_extended_once(held: HeldSeats) -> None:
    extend_hold(hold_id=held.hold_id, visitor=SITI)

    with pytest.raises(HoldExtended):
        extend_hold(hold_id=held.hold_id, visitor=SITI)


@pytest.mark.parametrize(
    "change",
    [
        {"expires_at": F("expires_at") + timedelta(seconds=1)},
        {"extended_at": F("extended_at") + timedelta(seconds=1)},
        {"extended_at": None},
    ],
)
def test_database_refuses_a_second_extension(held: HeldSeats, change: dict[str, object]) -> None:
    extend_hold(hold_id=held.hold_id, visitor=SITI)

    with pytest.raises(IntegrityError, match="extended"), transaction.atomic():
        Hold.objects.filter(pk=held.hold_id).update(**change)


def test_only_its_owner_extends_a_live_hold_without_a_booking(held: HeldSeats) -> None:
    with pytest.raises(HoldNotFound):
        extend_hold(hold_id=held.hold_id, visitor=BUDI)
    Hold.objects.filter(pk=held.hold_id).update(sealed_at=timezone.now())
    with pytest.raises(HoldSealed):
        extend_hold(hold_id=held.hold_id, visitor=SITI)
    pass_time(301)
    with pytest.raises(HoldExpired):
        extend_hold(hold_id=held.hold_id, visitor=SITI)


def test_site_offers_more_time_once(client: Client) -> None:
    showtime = make_showtime(rows="A", seats_per_row=3)
    first = hold(client, showtime, *seat_ids(showtime)[:1]).json()
    assert (first["is_extendable"], "data-more-time" in first["panel"]) == (True, True)

    longer = post(client, url(showtime, "hold/extend/"), {}).json()

    assert (longer["is_extendable"], "data-more-time" in longer["panel"]) == (False, False)
    assert longer["expires_at"] > first["expires_at"]
    again = post(client, url(showtime, "hold/extend/"), {})
    assert (again.status_code, again.json()["code"]) == (409, "hold_extended")


def test_checkout_without_scripts_offers_more_time(client: Client) -> None:
    showtime = make_showtime(rows="A", seats_per_row=3)
    hold(client, showtime, *seat_ids(showtime)[:1])
    assert "data-more-time" in client.get(url(showtime, "checkout/")).content.decode()

    response = client.post(url(showtime, "hold/extend/"), {"next": "checkout"}, follow=True)

    assert response.redirect_chain == [(url(showtime, "checkout/"), 302)]
    assert "You have more time now." in response.content.decode()


def test_app_extends_its_hold(client: Client) -> None:
    showtime = make_showtime(rows="A", seats_per_row=3)
    app = {"X-Visitor": "an-installation-0001"}
    made = post(
        client,
        f"/api/v1/showtimes/{showtime.pk}/holds",
        {"seats": seat_ids(showtime)[:2]},
        headers=app,
    ).json()

    longer = post(client, f"/api/v1/holds/{made['id']}/extension", {}, headers=app)

    assert (longer.status_code, longer.json()["extendable"]) == (200, False)
    assert longer.json()["expires_at"] > made["expires_at"]
