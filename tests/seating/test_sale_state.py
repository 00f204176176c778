"""State of sale on the seat map: whether seats are free, and other showtimes with free seats."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from movies.models import Showtime
from seating.models import Layout, SeatStatus, ShowtimeSeat
from tests.factories import make_showtime

pytestmark = pytest.mark.django_db


@pytest.fixture
def showtime() -> Showtime:
    return make_showtime(rows="AB", seats_per_row=5)


def url(showtime: Showtime) -> str:
    return f"/en/showtimes/{showtime.pk}/"


def test_sold_out_map_reports_it_and_offers_the_next_showtimes(
    client: Client, showtime: Showtime
) -> None:
    later = make_showtime(
        showtime.studio,
        movie=showtime.movie,
        starts_at=showtime.starts_at + timedelta(days=1),
        layout=Layout.objects.get(studio=showtime.studio),
    )
    full = make_showtime(
        showtime.studio,
        movie=showtime.movie,
        starts_at=showtime.starts_at + timedelta(days=2),
        layout=Layout.objects.get(studio=showtime.studio),
    )
    ShowtimeSeat.objects.filter(showtime__in=[showtime, full]).update(status=SeatStatus.BLOCKED)

    for view in ("", "?view=list"):
        text = client.get(url(showtime) + view).content.decode()
        notice = text.partition("data-sold-out")[2].partition("</ul>")[0]
        assert notice.startswith(">")  # shown
        assert "Sold out" in notice
        assert re.findall(r"/showtimes/(\d+)/", notice) == [str(later.pk)]
        assert "Rp53,000" in notice


def test_map_with_free_seats_is_not_sold_out(client: Client, showtime: Showtime) -> None:
    text = client.get(url(showtime)).content.decode()

    assert "data-sold-out hidden>" in text
    assert "data-sale-label hidden></span>" in text


def test_map_before_sale_shows_when_it_opens(client: Client, showtime: Showtime) -> None:
    opens_at = timezone.now() + timedelta(hours=1)
    Showtime.objects.filter(pk=showtime.pk).update(sale_opens_at=opens_at)

    text = client.get(url(showtime)).content.decode()

    local = opens_at.astimezone(ZoneInfo("Asia/Jakarta"))
    assert f"The sale opens on {local:%A}, {local.day} {local:%B}, {local:%H:%M} WIB." in text


def test_map_of_a_hall_of_pairs_has_no_badge(client: Client) -> None:
    hall = make_showtime(rows="ABC", seats_per_row=2)

    assert "data-sale-label hidden></span>" in client.get(url(hall)).content.decode()


def test_map_has_the_badge_of_each_state_for_the_feed(client: Client, showtime: Showtime) -> None:
    assert client.get(url(showtime)).context["page_data"]["sale_labels"] == [
        {"availability": "almost_full", "together": None, "label": "Almost full"},
        {"availability": "few_together", "together": 1, "label": "Single seats only"},
        {"availability": "few_together", "together": 2, "label": "At most 2 together"},
    ]
