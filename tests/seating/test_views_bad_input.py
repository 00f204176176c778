"""Invalid requests to the hold views: a clear refusal, and no change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.ratelimit import RateLimit
from movies.models import Showtime
from seating.holds import quotas
from seating.holds.limits import HOLD_BY_VISITOR
from seating.models import Hold
from tests.factories import make_showtime
from tests.seating.test_views import JSON, hold, post, seat_ids, states, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def showtime() -> Showtime:
    return make_showtime(rows="AB", seats_per_row=5)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "malformed"),
        ("[]", 400, "malformed"),
        ('{"seats": "12"}', 400, "malformed"),
        ('{"seats": []}', 422, "seats_missing"),
        ("{}", 422, "seats_missing"),
        ('{"seats": ["x"]}', 422, "seat_unknown"),
        ('{"seats": [true]}', 422, "seat_unknown"),
        ('{"seats": [-1]}', 422, "seat_unknown"),
        ('{"seats": [1.5]}', 422, "seat_unknown"),
        ('{"seats": [99999999999999999999999]}', 422, "seat_unknown"),
        ('{"seats": [987654321]}', 422, "seat_unknown"),
        ('{"seats": [1' + " " * 1_000_000 + "]}", 413, "body_too_large"),
    ],
)
def test_hold_refuses_what_is_no_list_of_seats(
    client: Client, showtime: Showtime, body: str, status: int, code: str
) -> None:
    response = post(client, url(showtime, "hold/"), body)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["detail"] != ""
    assert Hold.objects.count() == 0


def test_hold_refuses_the_same_seat_twice(client: Client, showtime: Showtime) -> None:
    first = seat_ids(showtime)[0]

    response = hold(client, showtime, first, first)

    assert (response.status_code, response.json()["code"]) == (422, "seat_repeated")
    assert set(states(showtime)) == {"available"}


def test_hold_refuses_nine_seats(client: Client, showtime: Showtime) -> None:
    ids = seat_ids(showtime)

    at_once = hold(client, showtime, *ids[:9])
    assert hold(client, showtime, *ids[:8]).status_code == 201
    one_more = hold(client, showtime, ids[8])

    assert [(r.status_code, r.json()["code"]) for r in (at_once, one_more)] == [
        (422, "too_many_seats")
    ] * 2
    assert states(showtime)[8:] == ["available", "available"]


def test_hold_refuses_seats_of_another_showtime(client: Client, showtime: Showtime) -> None:
    other = make_showtime()

    response = hold(client, showtime, seat_ids(showtime)[0], seat_ids(other)[0])

    assert (response.status_code, response.json()["code"]) == (422, "seat_unknown")
    assert set(states(showtime) + states(other)) == {"available"}


@pytest.mark.parametrize(
    "change",
    [
        {"cancelled_at": timezone.now()},
        {"sale_closes_at": timezone.now() - timedelta(minutes=1)},
        {"sale_opens_at": timezone.now() + timedelta(hours=1)},
    ],
)
def test_hold_refuses_a_showtime_that_is_not_on_sale(
    client: Client, showtime: Showtime, change: dict[str, Any]
) -> None:
    Showtime.objects.filter(pk=showtime.pk).update(**change)

    response = hold(client, showtime, seat_ids(showtime)[0])

    assert (response.status_code, response.json()["code"]) == (409, "showtime_closed")
    assert set(states(showtime)) == {"available"}


def test_hold_of_an_unknown_showtime_is_not_found(client: Client) -> None:
    response = post(client, "/en/showtimes/404404/hold/", {"seats": [1]})

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_hold_ignores_forged_price_status_and_owner(client: Client, showtime: Showtime) -> None:
    forged = {
        "seats": seat_ids(showtime)[:1],
        "price_rupiah": 1,
        "status": "sold",
        "visitor": "web:me",
    }

    response = post(client, url(showtime, "hold/"), forged)

    assert response.json()["total_rupiah"] == 53_000
    assert (states(showtime)[0], Hold.objects.filter(visitor="web:me").count()) == ("held", 0)


def test_hold_without_csrf_token_is_refused(showtime: Showtime) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.get(url(showtime))

    response = post(strict, url(showtime, "hold/"), {"seats": seat_ids(showtime)[:1]})

    assert response.status_code == 403
    assert set(states(showtime)) == {"available"}


def test_hold_with_the_cookies_csrf_token_is_accepted(showtime: Showtime) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.get(url(showtime))
    token = strict.cookies["csrftoken"].value

    response = post(
        strict,
        url(showtime, "hold/"),
        {"seats": seat_ids(showtime)[:1]},
        headers={"X-CSRFToken": token},
    )

    assert response.status_code == 201


def test_hold_in_indonesian_is_refused_in_indonesian(client: Client, showtime: Showtime) -> None:
    response = client.post(
        url(showtime, "hold/", language=""),
        {"seats": []},
        content_type=JSON,
        headers={"Accept": JSON},
    )

    assert response.headers["Content-Language"] == "id"


def test_hold_too_often_gets_retry_after(
    client: Client, showtime: Showtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "SEATS_BY_VISITOR", RateLimit("seats_unlimited", 1_000_000, 300))
    client.get(url(showtime))
    seat = seat_ids(showtime)[0]
    # The quota refills meanwhile: a slow machine needs more requests than one quota.
    answers = (hold(client, showtime, seat) for _attempt in range(4 * HOLD_BY_VISITOR.amount))

    refused = next(answer for answer in answers if answer.status_code == 429)
    assert (refused.json()["code"], int(refused.headers["Retry-After"]) > 0) == (
        "rate_limited",
        True,
    )


@pytest.mark.parametrize("tail", ["hold/release/", "choose/"])
def test_changing_addresses_refuse_get(client: Client, showtime: Showtime, tail: str) -> None:
    assert client.get(url(showtime, tail)).status_code == 405


def test_choose_with_invalid_input_redirects_with_the_reason(
    client: Client, showtime: Showtime
) -> None:
    for value in ("", "abc", "-1", "²", "9" * 30):
        response = client.post(url(showtime, "choose/"), {"seats": [value]}, follow=True)
        assert "This showtime has no such seat." in response.content.decode()
    assert Hold.objects.count() == 0
