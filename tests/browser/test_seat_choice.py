"""Couple seats, wheelchair spaces and companion places explain themselves when they are tapped."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visits import (
    DESKTOP,
    PHONE,
    expect_status,
    open_map,
    seat,
    seat_ids,
    untouched_showtime,
    visitor,
)

pytestmark = pytest.mark.browser


def both_halves(page: Page) -> tuple[int, int]:
    [first] = seat_ids(page, 1, "couple")
    return first, int(seat(page, first).get_attribute("data-other-half") or 0)


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_second_half_of_a_held_couple_seat_releases_nothing_unasked(
    browser: Browser, running_site: str, device: dict[str, object]
) -> None:
    with visitor(browser, device) as page:
        open_map(page, running_site, untouched_showtime(running_site, "sofa"))
        first, second = both_halves(page)
        seat(page, first).click()
        expect_status(page, second, "mine")
        expect(page.locator("[data-notice-text]")).to_contain_text("both halves are booked")

        seat(page, second).click()
        expect(page.locator("[data-notice-text]")).to_contain_text("one couple seat")
        page.get_by_role("button", name="Keep both").click()
        expect(page.locator("[data-notice]")).to_be_hidden()
        for half in (first, second):
            expect_status(page, half, "mine")

        seat(page, first).press("Enter")
        page.locator("[data-notice]").get_by_role("button", name="Release A1 + A2").click()
        for half in (first, second):
            expect_status(page, half, "available")


def test_wheelchair_space_explains_that_it_has_no_seat(browser: Browser, running_site: str) -> None:
    with visitor(browser) as page:
        open_map(page, running_site, untouched_showtime(running_site, "premiere"))
        [space] = seat_ids(page, 1, "wheelchair")
        seat(page, space).click()

        expect_status(page, space, "mine")
        expect(page.locator("[data-notice-text]")).to_contain_text("has no chair")
        expect(page.locator("[data-panel] .selected-seat-note")).to_contain_text("has no chair")
