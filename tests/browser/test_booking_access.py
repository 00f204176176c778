"""The seat map by keyboard, by touch on a phone, by screen reader and without scripts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visits import (
    PHONE,
    expect_status,
    free_seats,
    open_map,
    seat,
    seat_ids,
    take,
    untouched_showtime,
    visitor,
)
from tests.runtime.processes import wait_until

pytestmark = pytest.mark.browser

TARGET_SMALLEST_PX = 24


def focused_seat(page: Page) -> Any:
    return page.evaluate("() => document.activeElement.getAttribute('data-name')")


def test_seats_are_chosen_with_the_keyboard_alone(browser: Browser, running_site: str) -> None:
    with visitor(browser) as page:
        open_map(page, running_site, untouched_showtime(running_site))
        page.locator('[data-seat][tabindex="0"]').focus()
        start = focused_seat(page)
        page.keyboard.press("ArrowRight")
        right = focused_seat(page)
        page.keyboard.press("ArrowDown")
        below = focused_seat(page)
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowLeft")
        assert (focused_seat(page), len({start, right, below})) == (start, 3)

        page.keyboard.press("ArrowDown")
        page.keyboard.press("Space")
        expect(page.locator('[data-seat][aria-checked="true"]')).to_have_count(1)
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(page.locator('[data-seat][aria-checked="true"]')).to_have_count(2)
        page.keyboard.press("Enter")
        expect(page.locator('[data-seat][aria-checked="true"]')).to_have_count(1)
        assert page.locator('[data-seat][tabindex="0"]').count() == 1


def test_seat_has_accessible_name_price_and_status(browser: Browser, running_site: str) -> None:
    with visitor(browser) as page:
        open_map(page, running_site, untouched_showtime(running_site))
        [chosen] = seat_ids(page, 1)
        here = seat(page, chosen)
        name = here.get_attribute("data-name")
        expect(here).to_have_attribute("aria-label", f"{name}, available")
        here.click()
        expect(here).to_have_attribute("aria-label", f"{name}, yours")
        expect(page.locator("[data-whisper]")).to_contain_text("Seats chosen: 1.")


@pytest.mark.parametrize("studio_class", ["large", "regular", "premiere", "sofa"])
def test_every_seat_can_be_hit_on_a_phone(
    browser: Browser, running_site: str, studio_class: str
) -> None:
    showtime = untouched_showtime(running_site, studio_class)
    with visitor(browser, PHONE) as page:
        open_map(page, running_site, showtime)
        boxes = page.locator("[data-seat-map] .seat__touch").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect()).map(box => [box.width, box.height])"
        )
        assert min(min(box) for box in boxes) >= TARGET_SMALLEST_PX
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390

        last = free_seats(page).last
        last.scroll_into_view_if_needed()
        last.tap()
        expect(page.locator('[data-seat][data-status="mine"]').first).to_be_visible()
        expect(page.locator(".seat-panel-continue")).to_be_in_viewport()


@pytest.mark.parametrize("held", [0, 1])
def test_seat_that_is_walked_to_is_not_under_the_panel(
    browser: Browser, running_site: str, held: int
) -> None:
    with visitor(browser, PHONE) as page:
        open_map(page, running_site, untouched_showtime(running_site, "large"))
        take(page, *seat_ids(page, held))
        page.locator('[data-seat][tabindex="0"]').focus()
        seen: set[Any] = set()
        while (here := focused_seat(page)) not in seen:
            seen.add(here)
            box = page.locator("[data-seat]:focus").bounding_box()
            panel = page.locator("[data-panel]").bounding_box()
            assert box
            assert panel
            assert box["y"] + box["height"] <= panel["y"]
            page.keyboard.press("ArrowDown")
        assert len(seen) > 1


def test_plan_is_made_larger_and_whole_again(browser: Browser, running_site: str) -> None:
    with visitor(browser, PHONE) as page:
        open_map(page, running_site, untouched_showtime(running_site, "large"))
        plan = page.locator("[data-seat-map]")
        width = "svg => svg.getBoundingClientRect().width"
        before = plan.evaluate(width)
        page.get_by_role("button", name="Larger").click()
        wait_until(lambda: plan.evaluate(width) > before)
        page.get_by_role("button", name="Whole plan").click()

        wait_until(lambda: plan.evaluate(width) <= 390)


def test_plan_that_was_panned_stays_where_it_is(browser: Browser, running_site: str) -> None:
    with visitor(browser, PHONE) as page:
        open_map(page, running_site, untouched_showtime(running_site, "large"))
        lefts = page.locator("[data-zoom-frame]").evaluate(
            """async (frame) => {
              const drawn = () => new Promise((go) => requestAnimationFrame(() => setTimeout(go)));
              await drawn();
              const middle = frame.scrollLeft;
              frame.scrollLeft = 0;
              frame.style.blockSize = `${frame.offsetHeight - 40}px`;
              await drawn();
              await drawn();
              return [middle, frame.scrollLeft];
            }"""
        )
    assert (lefts[0] > 0, lefts[1]) == (True, 0)


def test_couple_seats_are_taken_and_given_back_together(
    browser: Browser, running_site: str
) -> None:
    with visitor(browser) as page:
        open_map(page, running_site, untouched_showtime(running_site, "sofa"))
        left, right = seat_ids(page, 2, "couple")
        seat(page, left).click()
        expect_status(page, right, "mine")
        seat(page, right).click()
        page.locator("[data-notice]").get_by_role("button", name=re.compile("^Release ")).click()
        expect_status(page, left, "available")
