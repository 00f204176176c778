"""Rescue after a lost race: the buyer keeps the free seats and is offered a block for the whole
party."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from movies.models import Showtime
from seating.errors import HoldNotFound, SeatUnknown
from seating.holds import rescue, transitions
from seating.holds.rescue import Rescue
from seating.models import Hold, SeatStatus
from tests.seating.best_seats.test_holding import ids, scheduled
from tests.seating.test_holds import BUDI, SITI, pass_time
from tests.seating.test_views import post, url

pytestmark = pytest.mark.django_db

GRID = "A  rrrrrr\nB  rrrrrr\nC  rrrrrr"


def lose(showtime: Showtime, *wanted: str) -> Rescue:
    return rescue.rescue_party(
        showtime_id=showtime.pk, visitor=SITI, seat_ids=ids(showtime, *wanted)
    )


def take(showtime: Showtime, visitor: str, *wanted: str) -> None:
    transitions.hold_seats(
        showtime_id=showtime.pk, visitor=visitor, seat_ids=ids(showtime, *wanted)
    )


def held_by(showtime: Showtime, visitor: str) -> list[str]:
    rows = showtime.seats.filter(hold__visitor=visitor, status=SeatStatus.HELD)
    return [str(row.seat) for row in rows.order_by("seat_id")]


def test_whole_party_gets_a_block_and_not_only_the_lost_seats() -> None:
    showtime = scheduled(GRID)
    take(showtime, BUDI, "B1")
    take(showtime, "web:ani", "B3")

    found = lose(showtime, "B1", "B2", "B3")

    assert [seat.label for seat in found.block] == ["A1", "A2", "A3"]
    assert held_by(showtime, SITI) == ["B2"]
    assert held_by(showtime, f"rescue:{SITI}") == ["A1", "A2", "A3"]
    assert found.offer is not None
    lasts = found.offer.expires_at - found.offer.server_time
    assert lasts == timedelta(seconds=rescue.RESCUE_SECONDS)


def test_accepted_block_replaces_what_was_kept_and_not_the_clock() -> None:
    showtime = scheduled(GRID)
    take(showtime, BUDI, "B1")
    take(showtime, "web:ani", "B3")
    found = lose(showtime, "B1", "B2", "B3")
    assert found.kept is not None

    held = rescue.accept_rescue(
        showtime_id=showtime.pk, visitor=SITI, seat_ids=[seat.id for seat in found.block]
    )

    assert [seat.label for seat in held.seats] == ["A1", "A2", "A3"]
    assert (held.hold_id, held.expires_at) == (found.kept.hold_id, found.kept.expires_at)
    assert held_by(showtime, f"rescue:{SITI}") == []
    until = set(showtime.seats.filter(hold=held.hold_id).values_list("held_until", flat=True))
    assert until == {held.expires_at}


def test_seats_that_were_kept_are_part_of_the_nearest_block() -> None:
    showtime = scheduled("A  rrrr")
    take(showtime, BUDI, "A1")

    found = lose(showtime, "A1", "A2")
    held = rescue.accept_rescue(
        showtime_id=showtime.pk, visitor=SITI, seat_ids=ids(showtime, "A2", "A3")
    )

    assert [seat.label for seat in found.block] == ["A2", "A3"]
    assert [seat.label for seat in held.seats] == ["A2", "A3"]


def test_offer_becomes_the_hold_if_no_seat_was_kept() -> None:
    showtime = scheduled(GRID)
    take(showtime, BUDI, "B1", "B2")

    found = lose(showtime, "B1", "B2")
    held = rescue.accept_rescue(
        showtime_id=showtime.pk, visitor=SITI, seat_ids=[seat.id for seat in found.block]
    )

    assert found.kept is None
    hold = Hold.objects.get(pk=held.hold_id)
    assert (hold.visitor, held.expires_at) == (SITI, hold.expires_at)
    assert held.expires_at - held.server_time == timedelta(seconds=300)


def test_offer_ends_by_itself_and_cannot_be_accepted_then() -> None:
    showtime = scheduled(GRID)
    take(showtime, BUDI, "B1")
    found = lose(showtime, "B1", "B2")
    pass_time(rescue.RESCUE_SECONDS + 1)

    with pytest.raises(HoldNotFound):
        rescue.accept_rescue(
            showtime_id=showtime.pk, visitor=SITI, seat_ids=[seat.id for seat in found.block]
        )
    assert held_by(showtime, SITI) == ["B2"]
    assert transitions.sweep_expired_holds() == 1


def test_next_lost_race_ends_the_offer_before_it() -> None:
    showtime = scheduled(GRID)
    take(showtime, BUDI, "B1")
    lose(showtime, "B1", "B2")

    found = lose(showtime, "B1", "B2")

    assert Hold.objects.filter(visitor=f"rescue:{SITI}", ended_at=None).count() == 1
    assert len(found.block) == 2


def test_only_the_offered_seats_can_be_accepted() -> None:
    showtime = scheduled(GRID)
    take(showtime, BUDI, "B1")
    lose(showtime, "B1", "B2")

    with pytest.raises(SeatUnknown):
        rescue.accept_rescue(
            showtime_id=showtime.pk, visitor=SITI, seat_ids=ids(showtime, "C1", "C2")
        )


def test_nothing_is_offered_where_no_equivalent_block_is_free() -> None:
    showtime = scheduled("A  rrp")
    take(showtime, BUDI, "A1")

    found = lose(showtime, "A1", "A2")

    assert (found.block, found.offer, held_by(showtime, SITI)) == ((), None, ["A2"])


def test_site_offers_the_block_in_the_refusal_and_accepts_it(client: Client) -> None:
    showtime = scheduled(GRID)
    take(showtime, BUDI, "B1")
    take(showtime, "web:ani", "B3")

    refused = post(client, url(showtime, "hold/"), {"seats": ids(showtime, "B1", "B2", "B3")})
    assert refused.status_code == 409
    offer: dict[str, Any] = refused.json()["rescue"]
    assert (offer["labels"], offer["seconds"]) == ("A1, A2, A3", 20)

    seats = [seat["id"] for seat in offer["seats"]]
    accepted = post(client, url(showtime, "hold/rescue/"), {"seats": seats})
    assert [seat["label"] for seat in accepted.json()["seats"]] == ["A1", "A2", "A3"]


def test_offer_is_accepted_without_scripts(client: Client) -> None:
    showtime = scheduled(GRID)
    take(showtime, BUDI, "B1")

    refused = client.post(url(showtime, "choose/"), {"seats": ids(showtime, "B1", "B2")})
    page = refused.content.decode()
    assert (refused.status_code, "B2, B3 are held for you for 20 seconds." in page) == (409, True)

    seats = ids(showtime, "B2", "B3")
    accepted = client.post(url(showtime, "hold/rescue/"), {"seats": seats})
    assert accepted.headers["Location"] == url(showtime, "checkout/")


def test_app_requests_a_rescue(client: Client) -> None:
    showtime = scheduled(GRID)
    take(showtime, BUDI, "B1")
    address, app = f"/api/v1/showtimes/{showtime.pk}/holds", {"X-Visitor": "an-installation-0001"}
    wanted = ids(showtime, "B1", "B2")

    plain = post(client, address, {"seats": wanted}, headers=app)
    assert (plain.json()["code"], "rescue" in plain.json()) == ("seat_taken", False)
    refused = post(client, address, {"seats": wanted, "rescue": True}, headers=app)
    seats = [seat["id"] for seat in refused.json()["rescue"]["seats"]]
    accepted = post(client, f"{address}/rescue", {"seats": seats}, headers=app)

    assert (accepted.status_code, accepted.json()["sealed"]) == (201, False)
    assert [seat["label"] for seat in accepted.json()["seats"]] == ["B2", "B3"]
