"""Report pages: access, filters, sorting, charts and query counts."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from movies.models import Cinema
from reports.figures import REPORTS
from reports.views.forms import quick_ranges
from tests.clients import signed_in
from tests.factories import (
    make_cinema,
    make_confirmed_booking,
    make_manager,
    make_showtime,
    make_studio,
    make_user,
)

pytestmark = pytest.mark.django_db


def address(slug: str, **query: Any) -> str:
    return reverse("reports:report", args=[slug], query=query or None)


def sell(cinema: Cinema, seats: int = 2) -> None:
    make_confirmed_booking(make_showtime(make_studio(cinema)), seats)


def cells(page: str, part: str) -> list[list[str]]:
    """Cell texts of the table's ``part``, by row."""
    body = re.search(rf"<{part}>(.*?)</{part}>", page, re.S)
    assert body is not None
    rows = re.findall(r"<tr>(.*?)</tr>", body[1], re.S)
    return [[unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in rows]


@pytest.fixture
def bintang() -> Cinema:
    return make_cinema(name="Bintang", city="Bandung")


@pytest.fixture
def rembulan() -> Cinema:
    return make_cinema(name="Rembulan", city="Medan")


def test_manager_sees_only_their_cinema(bintang: Cinema, rembulan: Cinema) -> None:
    sell(bintang, 2)
    sell(rembulan, 3)
    client = signed_in(make_manager(bintang))
    page = client.get(address("sales-by-cinema")).content.decode()

    figures = ["2", "0", "Rp100,000", "Rp0", "Rp6,000", "Rp106,000", "Rp0", "Rp0", "Rp0"]
    expected = [*figures, "Rp106,000"]
    assert cells(page, "tbody") == [["Bintang", "Bandung", *expected]]
    assert cells(page, "tfoot") == [["Total", "", *expected]]
    assert ("Rembulan" in page, "agrees" in page) == (False, True)


@pytest.mark.parametrize("slug", REPORTS)
def test_no_parameter_reveals_another_cinema(bintang: Cinema, rembulan: Cinema, slug: str) -> None:
    sell(rembulan, 3)
    client = signed_in(make_manager(bintang))
    for query in ({}, {"first": "2020-01-01", "last": "2022-12-31"}, {"sort": "cinema"}):
        page = client.get(address(slug, **query)).content.decode()
        assert ("Rembulan" in page, "Medan" in page) == (False, False)
    for named in (rembulan.pk, 10**9, "x"):
        answer = client.get(address(slug, cinemas=named))
        assert (answer.status_code, "<tbody>" in answer.content.decode()) == (400, False)
        exported = client.post(
            reverse("reports:report_file", args=[slug], query={"cinemas": named}),
            {"format": "csv"},
        )
        assert (exported.status_code, exported["Content-Type"]) == (
            400,
            "text/html; charset=utf-8",
        )


def test_quick_ranges_are_the_most_frequent_ranges() -> None:
    with translation.override("en"):
        ranges = [
            (str(one.label), one.first.isoformat(), one.last.isoformat())
            for one in quick_ranges(date(2026, 3, 1))
        ]

    assert ranges == [
        ("Today", "2026-03-01", "2026-03-01"),
        ("Yesterday", "2026-02-28", "2026-02-28"),
        ("Last 7 days", "2026-02-23", "2026-03-01"),
        ("This month", "2026-03-01", "2026-03-01"),
        ("Last month", "2026-02-01", "2026-02-28"),
    ]


def test_quick_range_keeps_the_other_filters(bintang: Cinema) -> None:
    client = signed_in(make_manager(bintang))

    page = client.get(address("sales-by-day", basis="show", first="2026-01-01", last="2026-01-02"))
    links = re.findall(r'<a href="\?([^"]+)"[^>]*>Last month<', page.content.decode())

    [query] = [parse_qs(unescape(link)) for link in links]
    assert (query["basis"], set(query)) == (["show"], {"basis", "first", "last"})
    assert client.get(address("sales-by-day"), query).status_code == 200


def test_every_page_needs_the_permission() -> None:
    pages = [reverse("reports:overview"), reverse("reports:exports"), reverse("reports:schedules")]
    pages += [address(slug) for slug in REPORTS]
    for client in (Client(), signed_in(make_user())):
        assert {client.get(page).status_code for page in pages} == {302}
    without_a_post = signed_in(make_user(is_staff=True))
    assert {without_a_post.get(page).status_code for page in pages} == {403}


def test_unknown_report_or_format_is_not_found(bintang: Cinema) -> None:
    client = signed_in(make_manager(bintang))
    file = reverse("reports:report_file", args=["sales-by-day"])
    assert client.get(address("salaries")).status_code == 404
    assert client.post(file, {"format": "exe"}).status_code == 404
    assert client.get(file).status_code == 405


@pytest.mark.parametrize(
    "query",
    [
        {"first": "2026-02-30", "last": "2026-03-01"},
        {"first": "2026-03-02", "last": "2026-03-01"},
        {"first": "2001-01-01", "last": "2026-03-01"},
        {"first": "2026-03-01"},
        {"basis": "guess", "first": "2026-03-01", "last": "2026-03-01"},
        {"movie": "999999"},
    ],
)
def test_invalid_filters_show_errors_and_no_rows(bintang: Cinema, query: dict[str, str]) -> None:
    answer = signed_in(make_manager(bintang)).get(address("sales-by-day", **query))
    page = answer.content.decode()
    assert (answer.status_code, "errorlist" in page, "<tbody>" in page) == (400, True, False)


@pytest.mark.parametrize("slug", REPORTS)
def test_queries_do_not_grow_with_the_rows(slug: str) -> None:
    chain = make_user(is_staff=True, is_superuser=True)
    sell(make_cinema())
    one = queries_of(signed_in(chain), slug)
    for _number in range(3):
        sell(make_cinema())
    assert (queries_of(signed_in(chain), slug), one <= 16) == (one, True)


def queries_of(client: Client, slug: str) -> int:
    cache.clear()
    client.get(address(slug))
    with CaptureQueriesContext(
        connection,
    ) as counted:
        assert client.get(address(slug)).status_code == 200
    return len(counted)


def test_rows_are_sorted_by_the_requested_column(bintang: Cinema, rembulan: Cinema) -> None:
    sell(bintang, 1)
    sell(rembulan, 3)
    client = signed_in(make_manager(bintang, rembulan))

    def shown(sort: str) -> list[str]:
        page = client.get(address("sales-by-cinema", sort=sort)).content.decode()
        return [row[0] for row in cells(page, "tbody")]

    assert [shown(sort) for sort in ("", "cinema", "tickets_sold", "-city", "nonsense")] == [
        ["Rembulan", "Bintang"],
        ["Bintang", "Rembulan"],
        ["Bintang", "Rembulan"],
        ["Rembulan", "Bintang"],
        ["Rembulan", "Bintang"],
    ]


def test_chart_data_equals_the_table(bintang: Cinema) -> None:
    sell(bintang)
    today = bintang.business_date(timezone.now())
    days = {"first": today - timedelta(days=1), "last": today}
    page = signed_in(make_manager(bintang)).get(address("sales-by-day", **days)).content.decode()
    found = re.search(r'id="report-chart-data" type="application/json">(.*?)</script>', page)
    assert found is not None
    data = json.loads(found[1])

    assert (data["shape"], data["unit"], data["series"]) == (
        "bar",
        "rupiah",
        [
            {"label": "Sales", "values": [0, 106_000]},
            {"label": "Refunds", "values": [0, 0]},
        ],
    )
    assert len(data["labels"]) == 2


def test_chart_sums_showtimes_by_day() -> None:
    chart = REPORTS["no-shows"].chart
    assert chart is not None
    days = [date(2026, 11, 22), date(2026, 11, 21), date(2026, 11, 22)]
    rows = [{"day": day, "tickets": 10, "missing": 2, "film": "Sintel"} for day in days]

    assert chart.points(rows) == [
        {"day": date(2026, 11, 21), "tickets": 10, "missing": 2},
        {"day": date(2026, 11, 22), "tickets": 20, "missing": 4},
    ]


def test_every_figure_on_the_page_carries_its_definition(bintang: Cinema) -> None:
    client = signed_in(make_manager(bintang))
    for report in REPORTS.values():
        page = unescape(client.get(address(report.slug)).content.decode())
        missing = [one.key for one in report.columns if str(one.meaning) not in page]
        assert (missing, str(report.meaning) in page) == ([], True)


def test_report_can_be_filtered_by_film(bintang: Cinema) -> None:
    sell(bintang, 2)
    other = make_showtime(make_studio(bintang))
    make_confirmed_booking(other, 1)
    client = signed_in(make_manager(bintang))
    page = client.get(address("sales-by-film", movie=other.movie.pk)).content.decode()
    assert [row[:2] for row in cells(page, "tbody")] == [[other.movie.title_en, "1"]]
