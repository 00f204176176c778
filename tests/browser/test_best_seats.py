"""Best seats, a lost race and more time in a real browser, on a desk and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.visits import (
    DESKTOP,
    PHONE,
    expect_status,
    open_map,
    seat,
    untouched_showtime,
    visitor,
)

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", ["/en", ""], ids=["en", "id"])
def test_best_seats_are_held_in_one_tap(
    browser: Browser, running_site: str, device: dict[str, object], language: str
) -> None:
    with visitor(browser, device) as page:
        open_map(page, running_site, untouched_showtime(running_site), language)
        page.locator("[data-best-seats] select[name=size]").select_option("3")
        page.locator("[data-best-seats] button[type=submit]").click()

        expect(page.locator("[data-panel] .selected-seat-label")).to_have_count(3)
        expect(page.locator('[data-seat-map] [data-seat][data-status="mine"]')).to_have_count(3)
        expect(page.locator(".seat-panel-continue")).to_be_visible()


def test_best_seats_step_by_step_and_more_time_without_scripts(
    browser: Browser, running_site: str
) -> None:
    showtime = untouched_showtime(running_site)
    with visitor(browser, DESKTOP | {"java_script_enabled": False}) as page:
        page.goto(f"{running_site}/en/showtimes/{showtime}/")
        page.get_by_role("button", name="Hold the best seats").click()
        expect(page.locator(".selected-seat-label")).to_have_count(2)
        page.get_by_role("button", name="I need more time").click()
        expect(page.get_by_text("You have more time now.")).to_be_visible()
        expect(page.get_by_role("button", name="I need more time")).to_have_count(0)
        page.get_by_role("button", name="Release all").click()

        page.get_by_role("link", name="Step by step").click()
        page.locator(".seat-groups").first.get_by_role("link", name="2", exact=True).click()
        page.locator('a[href*="section="]').first.click()
        page.locator('a[href*="row="]').first.click()
        page.get_by_role("button", name=re.compile("^Hold ")).first.click()
        expect(page).to_have_url(re.compile("/checkout/$"))


def test_choice_that_leaves_a_single_seat_is_mended_in_one_tap(
    browser: Browser, running_site: str
) -> None:
    with visitor(browser) as page:
        open_map(page, running_site, untouched_showtime(running_site))
        of_row = page.locator('[data-seat-map] [data-seat][data-row="B"]')
        second = int(of_row.nth(1).get_attribute("data-seat") or 0)
        first = int(of_row.nth(0).get_attribute("data-seat") or 0)
        seat(page, second).click()
        expect(page.locator(".seat-gap")).to_contain_text("would stay empty on its own")
        page.locator(".seat-gap button").click()

        expect(page.locator(".seat-gap")).to_have_count(0)
        expect_status(page, second, "available")
        assert first != second
