"""The seat map on a small screen: its scale, its row letters, early taps and large halls."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.visits import (
    PHONE,
    expect_status,
    open_map,
    seat,
    seat_ids,
    untouched_showtime,
    visitor,
)
from tests.runtime.processes import wait_until

pytestmark = pytest.mark.browser

SMALL_PHONE = PHONE | {"viewport": {"width": 360, "height": 640}}
FIRST_SCREENS = {"320x568": (320, 568), "375x667": (375, 667), "740x360": (740, 360)}
MODULES = re.compile(r"/js/seats/(?!initial-map)[\w-]+(\.\w+)?\.js$")
TARGET_SMALLEST_PX = 24
COLUMNS, ROWS = 40, 24
FIRST_ID = 10_000_000  # beyond every seat of the demo
MAP_SIZE = "map => [map.getBoundingClientRect().left, map.getBoundingClientRect().width]"


def seat_size(page: Page) -> float:
    box = page.locator("[data-seat-map] .seat__touch").first.bounding_box()
    assert box
    return box["width"]


def letters_in_frame(page: Page) -> bool:
    """Whether every row letter lies inside the frame horizontally."""
    return bool(
        page.evaluate(
            """() => {
              const frame = document.querySelector("[data-zoom-frame]").getBoundingClientRect();
              const all = [...document.querySelectorAll(".row-letters .row-label")];
              return all.length > 0 && all.every((one) => {
                const box = one.getBoundingClientRect();
                return box.left >= frame.left && box.right <= frame.right;
              });
            }"""
        )
    )


def large_hall(route: Route) -> None:
    """The page of a showtime with its seats replaced by 960 of the same kind."""
    response = route.fetch()
    page = response.text()
    [one] = re.findall(r'<g class="seat" data-seat="\d+".*?</g>', page, re.S)[:1]
    seats, data = [], []
    for index in range(COLUMNS * ROWS):
        x, y = 48 + index % COLUMNS * 40, 116 + index // COLUMNS * 40
        drawn = re.sub(r'data-seat="\d+"', f'data-seat="{FIRST_ID + index}"', one)
        seats.append(re.sub(r"translate\([^)]*\)", f"translate({x} {y})", drawn))
        data.append(f'[{FIRST_ID + index}, "available", 1]')
    width, height = 56 + COLUMNS * 40, 108 + ROWS * 40
    page = re.sub(
        r'<g role="group" aria-label="[^"]*">.*?</svg>', "@</svg>", page, count=1, flags=re.S
    )
    page = page.replace("@", f'<g role="group" aria-label="Row A">{"".join(seats)}</g>', 1)
    page = re.sub(r'viewBox="0 0 \d+ \d+" role', f'viewBox="0 0 {width} {height}" role', page)
    page = re.sub(r'"seats": \[\[.*?\]\]', f'"seats": [{", ".join(data)}]', page)
    route.fulfill(response=response, body=page)


def test_map_keeps_its_first_scale_and_queues_taps_until_scripts_are_loaded(
    browser: Browser, running_site: str
) -> None:
    showtime = untouched_showtime(running_site, "large")
    late: list[Route] = []
    is_slow = True
    with visitor(browser, SMALL_PHONE) as page:
        page.route(MODULES, lambda route: late.append(route) if is_slow else route.continue_())
        page.goto(f"{running_site}/en/showtimes/{showtime}/", wait_until="commit")
        page.locator("[data-mini-map]").wait_for(state="attached")
        plan = page.locator("[data-seat-map]")
        chosen = seat_ids(page, 9)[8]
        seat(page, chosen).tap()
        expect_status(page, chosen, "pending")
        before = plan.evaluate(MAP_SIZE)
        is_slow = False
        for route in late:
            route.continue_()

        expect_status(page, chosen, "mine")
        assert plan.evaluate(MAP_SIZE) == before


def test_first_row_is_on_the_first_screen_below_best_seats(
    browser: Browser, running_site: str
) -> None:
    showtime = untouched_showtime(running_site, "large")
    hidden = []
    with visitor(browser, SMALL_PHONE) as page:
        page.goto(f"{running_site}/showtimes/{showtime}/")
        for name, (width, height) in FIRST_SCREENS.items():
            page.set_viewport_size({"width": width, "height": height})
            row = page.locator('[data-seat][data-category="regular"]').first.bounding_box()
            panel = page.locator("[data-panel]").bounding_box()
            assert row
            assert panel
            is_sheet = panel["width"] == width
            if row["y"] + row["height"] > (panel["y"] if is_sheet else height):
                hidden.append(name)
        expect(page.locator("[data-best-seats] [type=submit]")).to_be_in_viewport()

    assert hidden == []


def test_row_letters_stay_in_sight_and_the_mini_map_shows_while_scrolling(
    browser: Browser, running_site: str
) -> None:
    with visitor(browser, SMALL_PHONE) as page:
        open_map(page, running_site, untouched_showtime(running_site, "large"))
        frame = page.locator("[data-zoom-frame]")
        seen = []
        for left in (0, 120, 10_000):
            frame.evaluate("(frame, left) => frame.scrollTo(left, 0)", left)
            seen.append(letters_in_frame(page))
        expect(page.locator("[data-mini-map]")).to_have_attribute("data-shown", "")
        page.get_by_role("button", name="Whole plan").click()
        expect(page.locator("[data-mini-map]")).to_be_hidden()

    assert seen == [True] * 3


def test_first_tap_on_seats_that_are_too_small_zooms_in(
    browser: Browser, running_site: str
) -> None:
    with visitor(browser, SMALL_PHONE) as page:
        open_map(page, running_site, untouched_showtime(running_site, "large"))
        page.get_by_role("button", name="Whole plan").click()
        wait_until(lambda: seat_size(page) < TARGET_SMALLEST_PX)
        chosen = seat_ids(page, 9)[8]
        seat(page, chosen).tap(force=True)
        wait_until(lambda: seat_size(page) >= TARGET_SMALLEST_PX)
        expect_status(page, chosen, "available")
        seat(page, chosen).tap()
        expect_status(page, chosen, "mine")


def test_hall_of_960_seats_can_be_used_on_a_small_phone(
    browser: Browser, running_site: str
) -> None:
    showtime = untouched_showtime(running_site, "large")
    address = f"{running_site}/en/showtimes/{showtime}/"
    with visitor(browser, SMALL_PHONE) as page:
        page.route(address, large_hall)
        page.route("**/seats.json", lambda route: route.abort())
        page.route_web_socket("**/ws/**", lambda socket: socket.close())
        page.goto(address)
        page.locator("[data-mini-map][data-shown]").wait_for()
        count, size = page.locator("[data-seat-map] [data-seat]").count(), seat_size(page)
        last = seat(page, FIRST_ID + COLUMNS * ROWS - 1)
        last.scroll_into_view_if_needed()
        last.tap()

        expect(page.locator("[data-notice-text]")).not_to_be_empty()  # no such seat on the server
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert (count, size >= TARGET_SMALLEST_PX) == (COLUMNS * ROWS, True)
