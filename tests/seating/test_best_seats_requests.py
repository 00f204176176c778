"""Best seats over the site and the API, which use the same function."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from movies.models import Showtime
from seating.layouts.publishing import publish_layout
from seating.models import Hold
from tests.factories import make_showtime, make_studio
from tests.seating.best_seats.test_holding import scheduled
from tests.seating.test_views import JSON, post, url

pytestmark = pytest.mark.django_db


def ask_site(client: Client, showtime: Showtime, **party: Any) -> Any:
    return post(client, url(showtime, "hold/best/"), party)


def ask_api(client: Client, showtime: Showtime, **party: Any) -> Any:
    return post(client, f"/api/v1/showtimes/{showtime.pk}/holds/best", party)


def labels(response: Any) -> list[str]:
    return [seat["label"] for seat in response.json()["seats"]]


def test_script_gets_the_hold_with_its_panel(client: Client) -> None:
    response = ask_site(client, scheduled(), size="2")

    assert (response.status_code, labels(response)) == (201, ["B3", "B4"])
    assert "B3" in response.json()["panel"]
    assert "message" not in response.json()


def test_script_gets_the_arrangement_of_the_seats(client: Client) -> None:
    response = ask_site(client, scheduled("A  rrr\nB  rrr"), size="5")

    assert response.json()["message"] == "Your seats are in two rows, one behind the other."


def test_form_without_scripts_returns_to_the_map(client: Client) -> None:
    showtime = scheduled()

    response = client.post(url(showtime, "hold/best/"), {"size": "2"}, follow=True)

    assert response.redirect_chain == [(url(showtime), 302)]
    page = response.content.decode()
    assert page.index("data-best-seats") < page.index("data-seat-map")
    assert '<span class="selected-seat-label">B3</span>' in page


def test_refused_form_names_the_largest_group(client: Client) -> None:
    showtime = scheduled("A  rr_____r\n\nB  rr")

    response = client.post(url(showtime, "hold/best/"), {"size": "5"}, follow=True)

    assert "at most 3 seats are" in response.content.decode()
    assert client.post(url(showtime, "hold/best/"), {"size": "x"}, follow=True).status_code == 200
    assert not Hold.objects.exists()


def test_app_gets_the_hold_and_the_step(client: Client) -> None:
    response = ask_api(client, scheduled(), size=2)

    assert (response.status_code, labels(response)) == (201, ["B3", "B4"])
    assert (response.json()["step"], response.json()["sealed"]) == ("together", False)


@pytest.mark.parametrize(
    ("party", "status", "code"),
    [
        ({"size": 0}, 422, "invalid"),
        ({"size": 5, "wheelchairs": 1}, 422, "too_many_companions"),
        ({"size": 2, "wheelchairs": 3}, 422, "party_invalid"),
        ({"size": 7}, 409, "no_suitable_seats"),
        ({"size": 2, "row": "B"}, 422, "invalid"),
    ],
)
def test_app_gets_the_reason_why_there_are_no_seats(
    client: Client, party: dict[str, Any], status: int, code: str
) -> None:
    response = ask_api(client, scheduled("A  rrr\n\nB  rrr"), **party)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not Hold.objects.exists()


def test_choice_that_leaves_a_single_seat_is_explained_and_mended_in_one_tap(
    client: Client,
) -> None:
    studio = make_studio()
    showtime = make_showtime(studio, layout=publish_layout(studio, "A  rrrrrr\nB  rrrrrr"))
    ids = list(showtime.seats.order_by("seat_id").values_list("seat_id", flat=True))

    held = post(client, url(showtime, "hold/"), {"seats": ids[1:3]})
    assert "A1 would stay empty on its own" in held.json()["panel"]
    assert f'name="seats" value="{ids[0]}"' in held.json()["panel"]

    changed = post(client, url(showtime, "hold/change/"), {"seats": ids[:2]})
    assert labels(changed) == ["A1", "A2"]
    assert "would stay empty" not in changed.json()["panel"]

    again = client.post(
        url(showtime, "hold/change/"), {"seats": ids[1:3]}, follow=True, headers={"Accept": JSON}
    )
    assert "A1 would stay empty on its own" in again.content.decode()


def test_layout_that_requires_it_does_not_go_on_with_a_single_seat_left(client: Client) -> None:
    showtime = scheduled("A  rrrrrr\nB  rrrrrr\n@single-gap require")
    ids = list(showtime.seats.order_by("seat_id").values_list("seat_id", flat=True))
    post(client, url(showtime, "hold/"), {"seats": ids[1:3]})

    refused = client.get(url(showtime, "checkout/"), follow=True)

    assert refused.redirect_chain == [(url(showtime), 302)]
    assert "leave a single one" in refused.content.decode()
    post(client, url(showtime, "hold/change/"), {"seats": ids[:2]})
    assert client.get(url(showtime, "checkout/")).status_code == 200
