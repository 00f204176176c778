"""Catalogue pages: contents, languages, time zones and query counts."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from movies.models import Movie
from tests.movies.chain import Chain

PAGES = [
    "/",
    "/films/",
    "/films/?q=hujan&genre=drama&city=jakarta&status=now_showing",
    "/films/hujan/",
    "/films/hujan/?city=jakarta&date=2026-11-24",
    "/cinemas/",
    "/cinemas/layar-menteng/",
    "/schedule/",
    "/schedule/?city=jayapura&date=2026-11-23&format=2D&film=lentera",
]


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def showtime_ids(text: str) -> list[int]:
    return [int(found) for found in re.findall(r'href="(?:/en)?/showtimes/(\d+)/"', text)]


def film_slugs(text: str) -> list[str]:
    return re.findall(r'<h3><a href="(?:/en)?/films/([\w-]+)/"', text)


def hours(text: str) -> list[str]:
    return re.findall(r'showtime-hour" datetime="[^"]+">([^<]+)<', text)


def nights(text: str) -> list[str]:
    return re.findall(r"· <b>([^<]+)</b>", text)


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("address", PAGES)
def test_warm_page_makes_no_query(
    client: Client,
    chain: Chain,
    django_assert_num_queries: Callable[..., Any],
    prefix: str,
    address: str,
) -> None:
    first = client.get(prefix + address)
    with django_assert_num_queries(0):
        second = client.get(prefix + address)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.content == second.content


@pytest.mark.parametrize("address", PAGES)
def test_page_of_the_next_minute_makes_no_query(
    client: Client,
    chain: Chain,
    noon: time_machine.Traveller,
    django_assert_num_queries: Callable[..., Any],
    address: str,
) -> None:
    client.get(address)
    noon.shift(timedelta(minutes=1))
    with django_assert_num_queries(0):
        page(client, address)


@pytest.mark.parametrize("address", PAGES)
def test_page_knows_no_visitor(client: Client, chain: Chain, address: str) -> None:
    response = client.get(address)

    assert dict(response.cookies) == {}
    assert "Vary" not in response.headers
    assert response.headers["Cache-Control"] == "public, max-age=1"


@pytest.mark.parametrize("address", PAGES)
def test_unchanged_page_is_not_sent_again(client: Client, chain: Chain, address: str) -> None:
    etag = client.get(address).headers["ETag"]

    again = client.get(address, headers={"if-none-match": f'"other", {etag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert client.get(address, headers={"if-none-match": '"other"'}).status_code == 200


@pytest.mark.parametrize("address", ["/", "/films/", "/films/hujan/", "/schedule/"])
def test_languages_are_never_mixed(client: Client, chain: Chain, address: str) -> None:
    for _round in range(2):
        for prefix, language, title in (("", "id", "Hujan"), ("/en", "en", "Rain")):
            text = page(client, prefix + address)
            assert f'<html lang="{language}">' in text
            assert re.search(rf"<h[123][^>]*>\s*(<a [^>]*>)?{title}<", text)
            assert f'href="{prefix}/cinemas/"' in text


def test_home_shows_now_and_soon(client: Client, chain: Chain) -> None:
    assert film_slugs(page(client, "/")) == ["hujan", "lentera", "pelabuhan"]


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("", ["hujan", "lentera", "pelabuhan"]),
        ("?status=now_showing", ["hujan", "lentera"]),
        ("?status=coming_soon", ["pelabuhan"]),
        ("?q=RAIN", ["hujan"]),
        ("?q=huj", ["hujan"]),
        ("?q=budi", ["lentera"]),
        ("?genre=family", ["lentera"]),
        ("?city=jayapura", ["lentera", "pelabuhan"]),
        ("?city=jayapura&q=hujan", []),
        ("?q=%20%20", ["hujan", "lentera", "pelabuhan"]),
    ],
)
def test_films_are_found_by(client: Client, chain: Chain, query: str, slugs: list[str]) -> None:
    text = page(client, f"/films/{query}")

    assert film_slugs(text) == slugs
    assert ("empty" in text) == (not slugs)


def test_film_lists_its_showings_in_each_cinemas_hours(client: Client, chain: Chain) -> None:
    text = page(client, "/films/lentera/")

    assert showtime_ids(text) == [chain.late.pk, chain.in_the_east.pk]
    assert hours(text) == ["00:30", "19:00"]
    assert '<time class="showtime-hour" datetime="2026-11-24T00:30:00+07:00">' in text


def test_film_of_one_city_and_day(client: Client, chain: Chain) -> None:
    here = page(client, "/films/lentera/?city=jakarta")
    assert showtime_ids(here) == [chain.late.pk]
    assert showtime_ids(page(client, "/films/hujan/?date=2026-11-24")) == [chain.tomorrow.pk]


def test_film_without_showtimes_shows_its_release_date(client: Client, chain: Chain) -> None:
    text = page(client, "/en/films/pelabuhan/")

    assert showtime_ids(text) == []
    assert "It opens on 3 December 2026." in text


def test_price_is_written_the_readers_way(client: Client, chain: Chain) -> None:
    assert "<b>Rp53.000</b>" in page(client, "/films/hujan/")
    assert "<b>Rp53,000</b>" in page(client, "/en/films/hujan/")


def test_showing_leaves_the_pages_when_it_starts(
    client: Client, chain: Chain, noon: time_machine.Traveller
) -> None:
    assert showtime_ids(page(client, "/cinemas/layar-menteng/")) == [
        chain.tonight.pk,
        chain.late.pk,
    ]
    noon.move_to(chain.tonight.starts_at)
    assert showtime_ids(page(client, "/cinemas/layar-menteng/")) == [chain.late.pk]
    noon.move_to(chain.late.starts_at)  # past midnight, and the business day's last
    assert showtime_ids(page(client, "/cinemas/layar-menteng/")) == [chain.tomorrow.pk]


def test_midnight_show_is_found_under_its_evening_and_its_date(
    client: Client, chain: Chain
) -> None:
    tonight = page(client, "/en/schedule/?city=jakarta&date=2026-11-23")
    tomorrow = page(client, "/en/schedule/?city=jakarta&date=2026-11-24")
    in_indonesian = page(client, "/films/lentera/?city=jakarta&date=2026-11-24")

    assert sorted(showtime_ids(tonight)) == [chain.tonight.pk, chain.late.pk]
    assert sorted(showtime_ids(tomorrow)) == [chain.late.pk, chain.tomorrow.pk]
    assert [nights(text) for text in (tonight, tomorrow, in_indonesian)] == [
        ["night of Monday"],
        ["night of Monday"],
        ["Senin malam"],
    ]


def test_day_with_nothing_but_a_midnight_show_can_be_chosen(client: Client, chain: Chain) -> None:
    text = page(client, "/films/lentera/?city=jakarta")

    assert re.findall(r"date=(2026-[\d-]+)#", text) == ["2026-11-23", "2026-11-24"]


def test_showing_names_the_end_of_the_film(client: Client, chain: Chain) -> None:
    text = " ".join(page(client, "/en/films/lentera/").split())

    # 10 minutes of trailers and 100 of film; cleaning is not the audience's
    assert re.findall(r"until (\d\d:\d\d)", text) == ["02:20", "20:50"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["tonight", "late"]),  # the first city, today
        ("?city=jayapura", ["in_the_east"]),
        ("?cinema=layar-jayapura", ["in_the_east"]),
        ("?city=jakarta&film=lentera", ["late"]),
        ("?city=jakarta&date=2026-11-24", ["late", "tomorrow"]),
        ("?city=jakarta&format=3D", []),
        ("?city=jakarta&date=2027-01-01", []),
        ("?city=jayapura&date=2026-11-24", []),
    ],
)
def test_schedule_by(client: Client, chain: Chain, query: str, names: list[str]) -> None:
    text = page(client, f"/schedule/{query}")

    assert sorted(showtime_ids(text)) == sorted(getattr(chain, name).pk for name in names)
    assert ("empty" in text) == (not names)


def test_schedule_filters_keep_each_other(client: Client, chain: Chain) -> None:
    text = html.unescape(page(client, "/schedule/?city=jakarta&film=hujan&format=2D"))

    assert 'href="/schedule/?city=jayapura&film=hujan&format=2D"' in text
    assert 'href="/schedule/?city=jakarta&film=hujan&format=2D&date=2026-11-24#programme"' in text


def test_language_link_leads_to_the_same_page(client: Client, chain: Chain) -> None:
    text = html.unescape(page(client, "/schedule/?city=jakarta&format=2D"))
    assert 'href="/en/schedule/?city=jakarta&format=2D" hreflang="en"' in text
    text = html.unescape(page(client, "/en/films/hujan/?date=2026-11-24"))
    assert 'href="/films/hujan/?date=2026-11-24" hreflang="id"' in text


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize(
    "address",
    ["/films/nope/", "/cinemas/nope/", "/nothing/", "/films/%00/", "/en//evil.example/"],
)
def test_unknown_address_gets_the_designed_page(
    client: Client, chain: Chain, prefix: str, address: str
) -> None:
    response = client.get(prefix + address)

    assert response.status_code == 404
    assert 'class="site-header"' in response.content.decode()
    assert 'href="//' not in response.content.decode()


def test_search_words_are_never_markup(client: Client, chain: Chain) -> None:
    text = page(client, "/films/?q=%3Cscript%3Ealert(1)%3C/script%3E&genre=%22onload%3D%22")
    assert "<script>alert" not in text
    assert '"onload="' not in text


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("address", ["/", "/films/hujan/", "/schedule/"])
def test_page_is_only_read(client: Client, chain: Chain, method: str, address: str) -> None:
    assert getattr(client, method)(address).status_code == 405
    assert Movie.objects.count() == 3


def test_empty_chain_has_pages_too(client: Client, db: None) -> None:
    for address in ("/", "/films/", "/cinemas/", "/schedule/"):
        assert "empty" in page(client, address)


def test_too_many_parameters_are_refused_with_a_message(client: Client, chain: Chain) -> None:
    response = client.get("/films/?" + "&".join(f"q{n}=1" for n in range(2_000)))

    assert response.status_code == 400
    assert "We could not read this request." in response.content.decode()
