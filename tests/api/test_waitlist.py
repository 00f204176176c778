"""Waitlists over the API: join, see, accept, leave."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bookings.models import WaitlistEntry
from bookings.waitlist import joining, offers
from tests.bookings.waitlists import cancel, sold_out

pytestmark = pytest.mark.django_db
APP = {"X-Visitor": "installation-of-siti-1"}
OTHER = {"X-Visitor": "installation-of-budi-2"}


def send(client: Client, method: str, path: str, **options: Any) -> Any:
    call: Any = getattr(client, method)
    return call(f"/api/v1/{path}", content_type="application/json", **options)


def test_app_joins_sees_its_place_and_takes_the_offered_seats(client: Client) -> None:
    showtime, sold = sold_out()
    wanted = {"size": 2, "categories": ["regular"], "email": "siti@example.test"}

    joined = send(client, "post", f"showtimes/{showtime.pk}/waitlist", data=wanted, headers=APP)

    entry = WaitlistEntry.objects.get()
    assert joined.status_code == 201
    assert joined.json() == {
        "id": str(entry.pk),
        "showtime": showtime.pk,
        "size": 2,
        "wheelchairs": 0,
        "categories": ["regular"],
        "price_max_rupiah": None,
        "confirmed_at": None,
        "place": None,
        "offer": None,
        "ended_at": None,
        "end": "",
    }
    joining.confirm(entry_id=entry.pk, at=timezone.now())
    path = f"waitlist/{entry.pk}"
    assert send(client, "get", path, headers=APP).json()["place"] == 1
    cancel(*sold[:2])
    offers.work(timezone.now())
    assert send(client, "get", path, headers=APP).json()["offer"]["seats"] == "A1, A2"
    assert send(client, "post", f"{path}/acceptance", headers=OTHER).status_code == 404
    held = send(client, "post", f"{path}/acceptance", headers=APP)

    assert held.status_code == 201
    assert [seat["label"] for seat in held.json()["seats"]] == ["A1", "A2"]
    hold = f"holds/{held.json()['id']}"
    assert send(client, "get", hold, headers=APP).status_code == 200


def test_entry_is_left_by_its_app_and_by_no_other(client: Client) -> None:
    showtime, _sold = sold_out("A  r")
    send(
        client,
        "post",
        f"showtimes/{showtime.pk}/waitlist",
        data={"size": 1, "email": "siti@example.test"},
        headers=APP,
    )
    entry = WaitlistEntry.objects.get()
    path = f"waitlist/{entry.pk}"

    refused = [send(client, method, path, headers=OTHER) for method in ("get", "delete")]
    left = send(client, "delete", path, headers=APP)

    assert [answer.status_code for answer in refused] == [404, 404]
    assert left.status_code == 204
    assert send(client, "get", path, headers=APP).json()["end"] == "left"
    late = send(client, "post", f"{path}/acceptance", headers=APP)
    assert (late.status_code, late.json()["code"]) == (409, "waitlist_entry_over")
