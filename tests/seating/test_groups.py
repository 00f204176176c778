"""Step-by-step list: people, section, row and group by plain links, and a form to hold the
group."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from seating.best_seats.groups import sections
from tests.seating.best_seats.halls import available
from tests.seating.best_seats.test_holding import scheduled
from tests.seating.test_views import url


def test_sections_are_what_walkways_divide() -> None:
    found = sections(available("A  rrr\nB  rrr\n\nC  rrr", "B2"), 2)

    assert [(part.number, part.label, part.free, part.groups) for part in found] == [
        (1, "A–B", 5, 2),
        (2, "C", 3, 2),
    ]
    [first, second] = found[0].rows[0].groups
    assert (first.label, first.price_rupiah, first.leaves_single) == ("A1–A2", 100_000, True)
    assert second.label == "A2–A3"


def test_groups_have_whole_couples_and_wheelchairs_with_their_companions() -> None:
    [part] = sections(available("A  wa_ccr"), 2)

    assert [(group.label, group.categories) for group in part.rows[0].groups] == [
        ("A3–A4", ("couple",)),
        ("A1–A2", ("wheelchair", "companion")),
    ]


@pytest.mark.django_db
def test_seats_are_chosen_step_by_step_without_scripts(client: Client) -> None:
    showtime = scheduled("A  rrrr\nB  rrrr\n\nC  rrrr")

    page = client.get(url(showtime, "groups/")).content.decode()
    assert re.findall(r'href="\?people=2&amp;section=(\d)"', page) == ["1", "2"]
    page = client.get(url(showtime, "groups/?people=2&section=1")).content.decode()
    assert re.findall(r"section=1&amp;row=(\w)", page) == ["A", "B"]
    page = client.get(url(showtime, "groups/?people=2&section=1&row=B")).content.decode()
    assert "Hold B1–B2" in page

    chosen = re.findall(r'name="seats" value="(\d+)"', page)[:2]
    response = client.post(url(showtime, "choose/"), {"seats": chosen})
    assert response.headers["Location"] == url(showtime, "checkout/")


@pytest.mark.django_db
def test_sold_out_is_said_first_with_the_waitlist(client: Client) -> None:
    showtime, other = scheduled("A  rr"), scheduled("A  rr")
    free = client.get(url(other, "groups/")).content.decode()
    showtime.seats.update(status="blocked")
    full = client.get(url(showtime, "groups/")).content.decode()

    notices = [re.findall(r"data-sold-out( hidden)?>", text) for text in (free, full)]
    assert notices == [[" hidden"], [""]]
    assert f"/showtimes/{showtime.pk}/waitlist/" in full


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["?people=0", "?people=99&section=9", "?people=x&row=%00"])
def test_nonsense_shows_the_first_step(client: Client, query: str) -> None:
    assert client.get(url(scheduled(), f"groups/{query}")).status_code == 200
