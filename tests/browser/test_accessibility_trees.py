"""Accessibility trees of the pages of a purchase, and the seat map in forced colours."""

from __future__ import annotations

import io
from itertools import combinations
from typing import Any

import httpx
import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Locator, expect

from demo.chain import CATEGORY_SURCHARGES
from tests.browser.accessibility_trees import recorded, tree_of
from tests.browser.visits import (
    DESKTOP,
    fill_in,
    open_map,
    pay,
    seat,
    seat_ids,
    take,
    untouched_showtime,
    visitor,
)

pytestmark = pytest.mark.browser

JAKARTA = {**DESKTOP, "timezone_id": "Asia/Jakarta"}
STATUSES = ("available", "mine", "held", "sold", "blocked")
DIFFERENT_PERCENT = 3
DIFFERENT_LIGHT = 64  # of 256
AS_STATUS = """(seat, status) => {
  seat.dataset.status = status;
  seat.querySelector(".seat__sign").setAttribute("href", `#sign-${status}`);
}"""


def is_recorded(showtime: dict[str, Any]) -> bool:
    """For children too, with subtitles, in the hall of the recorded map, not after midnight."""
    return bool(
        (showtime["cinema"]["slug"], showtime["studio"]["name"]) == ("layar-menteng", "Studio 2")
        and showtime["movie"]["classification"] in ("SU", "13+")
        and showtime["subtitle_language"]
        and showtime["local_starts_at"][:10] == showtime["business_date"]
    )


def stand_ins(site: str, showtime_id: int, title: str) -> dict[str, str]:
    """What depends on the film and the day: title, languages, and prices with the fee."""
    showtime = httpx.get(f"{site}/api/v1/showtimes/{showtime_id}").json()
    price_rupiah = showtime["from_price_rupiah"]
    return {
        f"Rp{2 * price_rupiah:,}": "TWO-PRICES",
        f"Rp{price_rupiah + CATEGORY_SURCHARGES['couple']:,}": "COUPLE-PRICE",
        f"Rp{price_rupiah:,}": "PRICE",
        title: "FILM",
        f"{showtime['audio_language']}, subtitles: {showtime['subtitle_language']}": "LANGUAGES",
    }


def test_accessibility_trees_of_a_purchase_are_as_recorded(
    browser: Browser, running_site: str
) -> None:
    site = f"{running_site}/en"
    trees: dict[str, str] = {}
    with visitor(browser, JAKARTA) as page:

        def record(name: str, *places: Locator) -> None:
            trees[name] = tree_of(places or [page.locator("main")], film)

        film: dict[str, str] = {}
        page.goto(f"{site}/")
        today = page.get_by_role("region", name="Today in Jakarta").get_by_role("navigation")
        record("home", page.get_by_role("banner"), *today.all(), page.get_by_role("contentinfo"))
        page.goto(f"{site}/films/sintel/")
        record("film")
        showtime = untouched_showtime(running_site, is_wanted=is_recorded)
        open_map(page, running_site, showtime)
        title = page.get_by_role("heading", level=1).inner_text()
        film = stand_ins(running_site, showtime, title)
        take(page, *seat_ids(page, 2))
        record("seat-map")
        page.goto(f"{site}/showtimes/{showtime}/?view=list")
        record("seat-list")
        page.goto(f"{site}/showtimes/{showtime}/checkout/")
        record("checkout")
        fill_in(page)
        pay(page)
        expect(page.locator(".ticket-qr").first).to_be_visible()
        record("ticket")

    assert trees == {name: recorded(name, tree) for name, tree in trees.items()}


def test_seat_statuses_differ_in_forced_colours(browser: Browser, running_site: str) -> None:
    with visitor(browser, {**DESKTOP, "forced_colors": "active"}) as page:
        page.goto(f"{running_site}/en/showtimes/{untouched_showtime(running_site)}/")
        shown = seat(page, seat_ids(page, 3)[2])
        pictures = {}
        for status in STATUSES:
            shown.evaluate(AS_STATUS, status)
            pictures[status] = Image.open(io.BytesIO(shown.screenshot())).convert("L")
        alike = [
            pair
            for pair in combinations(STATUSES, 2)
            if different_percent(*(pictures[status] for status in pair)) < DIFFERENT_PERCENT
        ]

    assert alike == []


def different_percent(one: Image.Image, other: Image.Image) -> float:
    """How many of 100 pixels are clearly lighter or darker."""
    histogram = ImageChops.difference(one, other.resize(one.size)).histogram()
    return 100 * sum(histogram[DIFFERENT_LIGHT:]) / sum(histogram)
