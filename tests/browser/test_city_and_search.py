"""The chosen city, the nearest one, and suggestions of the search, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.visits import DESKTOP, PHONE, visitor

pytestmark = pytest.mark.browser

SMALLEST_PHONE = PHONE | {"viewport": {"width": 320, "height": 640}}
NEAR_MAKASSAR = {
    "geolocation": {"latitude": -5.2, "longitude": 119.5},
    "permissions": ["geolocation"],
    "timezone_id": "Asia/Jakarta",
}
IN_MAKASSAR = {"timezone_id": "Asia/Makassar"}


def test_chosen_city_opens_on_home_schedule_and_film_pages(
    running_site: str, browser: Browser
) -> None:
    with visitor(browser, DESKTOP | {"timezone_id": "Asia/Jakarta"}) as page:
        page.goto(f"{running_site}/en/")
        page.locator("#tonight").get_by_role("link", name="Jayapura", exact=True).click()
        page.wait_for_url("**city=jayapura**")

        for path in ("/en/", "/en/schedule/", "/schedule/"):
            page.goto(f"{running_site}{path}")
            page.wait_for_url(f"**{path}?city=jayapura")
            expect(page.locator("[data-city][aria-current]")).to_have_text("Jayapura")
        page.goto(f"{running_site}/en/schedule/?city=makassar")
        expect(page.locator("[data-city][aria-current]")).to_have_text("Makassar")


def test_city_near_the_visitor_is_opened_on_request(running_site: str, browser: Browser) -> None:
    with visitor(browser, SMALLEST_PHONE | NEAR_MAKASSAR) as page:
        page.goto(f"{running_site}/en/")
        page.get_by_role("button", name="Near me").click()
        page.wait_for_url("**city=makassar**")
        expect(page.get_by_role("heading", name="Today in Makassar")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0


def test_first_visit_opens_the_only_city_of_the_browsers_time_zone(
    running_site: str, browser: Browser
) -> None:
    with visitor(browser, PHONE | IN_MAKASSAR) as page:
        page.goto(f"{running_site}/en/")
        page.wait_for_url("**city=makassar")
        assert page.evaluate("localStorage.getItem('layar-city')") is None


def test_search_suggests_films_while_it_is_typed(running_site: str, browser: Browser) -> None:
    with visitor(browser, DESKTOP) as page:
        page.goto(f"{running_site}/en/films/")
        page.locator("#search").press_sequentially("orbti")
        option: Any = page.locator("#search-suggestions option").first
        expect(option).to_have_attribute("value", "Quiet Orbit")
        page.locator("#search").press("Enter")
        page.wait_for_url("**q=orbti**")
        expect(page.get_by_role("link", name="Quiet Orbit").first).to_be_visible()
        expect(page.get_by_text("Did you mean orbit?")).to_be_visible()
