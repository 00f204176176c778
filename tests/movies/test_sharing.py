"""Metadata of catalogue pages for search engines and shared links."""

from __future__ import annotations

import io
import re
from typing import Any
from xml.etree import ElementTree

import orjson
import pytest
from django.core.files.base import ContentFile
from django.test import Client
from icalendar import Calendar
from PIL import Image

from accounts.models import PageKind
from movies.models import Movie
from seating.models import SeatStatus, ShowtimeSeat
from tests.factories import make_layout
from tests.movies.chain import Chain

SITE = "http://localhost:8000"
PAGES = ["/", "/films/", "/films/hujan/", "/cinemas/", "/cinemas/layar-menteng/", "/schedule/"]
SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" width="400" height="600">
<rect width="9" height="9"/></svg>"""


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def structured(text: str) -> list[dict[str, Any]]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.S)
    assert found is not None
    graph: list[dict[str, Any]] = orjson.loads(found[1])["@graph"]
    return graph


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize(("prefix", "locale"), [("", "id_ID"), ("/en", "en_GB")])
def test_page_names_itself_and_its_alternates(
    client: Client, chain: Chain, settings: Any, address: str, prefix: str, locale: str
) -> None:
    settings.SITE_URL = SITE
    head = text_of(client, f"{prefix}{address}?utm_source=x&city=jakarta").partition("</head>")[0]

    assert re.findall(r'<link rel="canonical" href="([^"]+)">', head) == [SITE + prefix + address]
    assert re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', head) == [
        ("id", SITE + address),
        ("en", SITE + "/en" + address),
        ("x-default", SITE + address),
    ]
    assert len(re.findall(r'<meta name="description" content="[^"]{8,160}">', head)) == 1
    assert re.findall(r'<meta property="og:locale" content="([^"]+)">', head) == [locale]
    assert re.findall(r'<meta property="og:url" content="([^"]+)">', head) == [
        SITE + prefix + address
    ]


def test_film_and_its_showtimes_are_structured_data(
    client: Client, chain: Chain, settings: Any
) -> None:
    settings.SITE_URL = SITE
    movie, *events = structured(text_of(client, "/en/films/hujan/"))

    assert (movie["@type"], movie["name"], movie["alternateName"]) == ("Movie", "Rain", "Hujan")
    assert movie["duration"] == "PT100M"
    [event] = events
    assert event["@type"] == "ScreeningEvent"
    assert event["startDate"] == "2026-11-23T19:00:00+07:00"
    assert event["workPresented"]["@id"] == movie["@id"] == f"{SITE}/en/films/hujan/"
    assert event["location"]["name"] == "Layar Menteng, Studio 1"
    assert event["offers"] == {
        "@type": "Offer",
        "url": f"{SITE}/en/showtimes/{chain.tonight.pk}/",
        "priceCurrency": "IDR",
        "availability": "https://schema.org/InStock",
        "validFrom": "2026-11-23T04:00:00+00:00",
        "price": 53_000,
    }


def test_sold_out_showtime_is_offered_as_such(client: Client, chain: Chain) -> None:
    seat = make_layout(chain.west, rows="A", seats_per_row=1).seats.get()
    ShowtimeSeat.objects.create(
        showtime=chain.tonight, seat=seat, price_rupiah=50_000, status=SeatStatus.BLOCKED
    )

    theater, *events = structured(text_of(client, "/cinemas/layar-menteng/"))

    assert (theater["@type"], theater["screenCount"]) == ("MovieTheater", 1)
    assert [event["offers"]["availability"].rpartition("/")[2] for event in events] == [
        "SoldOut",
        "InStock",
    ]
    assert "price" not in events[0]["offers"]


def test_text_of_a_film_never_ends_the_script(client: Client, chain: Chain) -> None:
    Movie.objects.filter(slug="hujan").update(title_id="</script><script>alert(1)</script>&")

    text = text_of(client, "/films/hujan/")

    assert "<script>alert" not in text
    assert structured(text)[0]["name"] == "</script><script>alert(1)</script>&"


def test_sitemap_lists_every_page_in_both_languages(
    client: Client, chain: Chain, settings: Any
) -> None:
    settings.SITE_URL = SITE
    response = client.get("/sitemap.xml")
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    urls = [each.text for each in ElementTree.fromstring(response.content).iter(f"{space}loc")]

    paths = [
        *["/", "/films/", "/schedule/", "/cinemas/"],
        *["/cinemas/layar-menteng/", "/cinemas/layar-jayapura/"],
        *["/films/pelabuhan/", "/films/hujan/", "/films/lentera/"],
        *[f"/info/{kind}/" for kind in PageKind.values],
    ]
    assert response.headers["Content-Type"] == "application/xml"
    assert sorted(map(str, urls)) == sorted(
        SITE + prefix + path for path in paths for prefix in ("", "/en")
    )
    for url in map(str, urls):
        assert client.get(url.removeprefix(SITE)).status_code == 200


def test_robots_may_not_crawl_visitors_pages(client: Client, settings: Any) -> None:
    settings.SITE_URL = SITE
    lines = client.get("/robots.txt").content.decode().splitlines()

    assert lines[0] == "User-agent: *"
    assert {"Disallow: /bookings/", "Disallow: /en/bookings/", "Disallow: /admin/"} <= set(lines)
    assert f"Sitemap: {SITE}/sitemap.xml" in lines


def test_security_contact_is_published_if_configured(client: Client, settings: Any) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404
    settings.SECURITY_CONTACT = "mailto:security@layar.example"

    fields = dict(
        line.split(": ", 1)
        for line in client.get("/.well-known/security.txt").content.decode().splitlines()
    )

    assert fields["Contact"] == "mailto:security@layar.example"
    assert set(fields) == {"Contact", "Expires", "Preferred-Languages", "Canonical"}


def test_calendar_of_a_cinema_has_its_showtimes_once(client: Client, chain: Chain) -> None:
    response = client.get("/en/cinemas/layar-menteng/showtimes.ics")
    events: list[Any] = Calendar.from_ical(response.content).walk("VEVENT")

    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert [(str(event["UID"]), event["DTSTART"].dt.isoformat()) for event in events] == [
        (f"showtime-{chain.tonight.pk}@layar", "2026-11-23T19:00:00+07:00"),
        (f"showtime-{chain.late.pk}@layar", "2026-11-24T00:30:00+07:00"),
        (f"showtime-{chain.tomorrow.pk}@layar", "2026-11-24T19:00:00+07:00"),
    ]
    assert str(events[0]["SUMMARY"]) == "Rain (SU)"
    nights = [re.findall("night of [A-Z][a-z]+", str(event["DESCRIPTION"])) for event in events]
    assert nights == [[], ["night of Monday"], []]
    assert client.get("/cinemas/nowhere/showtimes.ics").status_code == 404


def png(response: Any) -> tuple[str, tuple[int, int]]:
    image = Image.open(io.BytesIO(response.content))
    return str(image.format), image.size


def test_film_has_an_image_for_links_in_each_language(client: Client, chain: Chain) -> None:
    chain.rain.poster.save("rain.svg", ContentFile(SVG))
    images = [client.get(f"{prefix}/films/hujan/share.png") for prefix in ("", "/en")]

    assert [png(image) for image in images] == [("PNG", (1200, 630))] * 2
    assert images[0].content != images[1].content
    assert client.get("/films/nothing/share.png").status_code == 404


@pytest.mark.parametrize("poster", [None, b"not an image"])
def test_film_without_a_poster_that_can_be_drawn_has_an_image(
    client: Client, chain: Chain, poster: bytes | None
) -> None:
    if poster:
        chain.rain.poster.save("rain.svg", ContentFile(poster))

    assert png(client.get("/films/hujan/share.png")) == ("PNG", (1200, 630))
