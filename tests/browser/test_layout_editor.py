"""The layout editor in a real browser: typing, preview, faults, publishing, refusals."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.chain import PASSWORD
from tests.browser.visits import (
    DESKTOP,
    PHONE,
    open_map,
    seat,
    seat_ids,
    studio_of,
    take,
    untouched_showtime,
    visitor,
)

pytestmark = pytest.mark.browser

ANSWER_MS = 15_000
ENGLISH = DESKTOP | {"locale": "en-US"}


def open_editor(page: Page, site: str, studio_id: int) -> None:
    page.goto(f"{site}/en/accounts/login/?next=/admin/seating/layout/studio/{studio_id}/")
    page.locator("[name=login]").fill("admin@layar.example")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/admin/seating/layout/studio/*/")


def grid(page: Page) -> str:
    return page.locator("[data-layout-grid]").input_value()


def expect_faults(page: Page, count: int) -> None:
    expect(page.locator("[data-layout-faults]")).to_have_attribute(
        "data-layout-faults", str(count), timeout=ANSWER_MS
    )


def publish(page: Page, scope: str) -> None:
    page.locator(f"[name=scope][value={scope}]").check()
    page.get_by_role("button", name="Publish a new version").click()


def test_plan_is_drawn_while_it_is_typed_and_published(browser: Browser, running_site: str) -> None:
    studio_id = studio_of(running_site, untouched_showtime(running_site))
    with visitor(browser, ENGLISH) as page:
        open_editor(page, running_site, studio_id)
        seats = page.locator("[data-layout-preview] [data-seat]")
        count, text = seats.count(), grid(page)

        page.locator("[data-layout-grid]").fill(f"{text}\nZZ  rrq")
        expect_faults(page, 1)
        fault = page.locator("[data-line]")
        expect(fault).to_have_text(re.compile(r"Line \d+, column 7: “q” is no kind of seat\."))
        fault.click()
        selected = page.evaluate(
            "(() => { const it = document.activeElement;"
            " return it.value.slice(it.selectionStart, it.selectionEnd); })()"
        )
        assert selected == "q"
        page.keyboard.type("rr")
        expect_faults(page, 0)

        expect(seats).to_have_count(count + 4)
        expect(page.locator("[data-added]")).to_have_text("ZZ1, ZZ2, ZZ3, ZZ4")
        page.locator("[name=note]").fill("One more row")
        publish(page, "none")
        expect(page.locator(".layout-versions li").first).to_contain_text("One more row")
        assert grid(page) == f"{text}\nZZ  rrrr"


def test_held_seat_keeps_its_place_and_open_maps_follow(
    browser: Browser, running_site: str
) -> None:
    showtime = untouched_showtime(running_site, "premiere")
    with visitor(browser, ENGLISH) as page, visitor(browser) as office:
        open_map(page, running_site, showtime)
        chosen = seat_ids(page, 1, "premiere")[0]
        take(page, chosen)
        label = str(seat(page, chosen).get_attribute("data-name"))
        row, number = re.findall(r"Row (\w+), seat (\d+)", label)[0]
        office.set_extra_http_headers({"Accept-Language": "en"})
        open_editor(office, running_site, studio_of(running_site, showtime))
        text = grid(office)

        office.locator("[data-layout-grid]").fill("Z  rr")
        expect_faults(office, 0)
        publish(office, "every")
        expect(office.locator(".layout-refusal")).to_contain_text(f"{row}{number} (held)")
        assert grid(office) == "Z  rr"

        office.locator("[data-layout-grid]").fill(f"{text}\nZ  rr")
        expect_faults(office, 0)
        publish(office, "every")
        office.wait_for_url("**/admin/seating/layout/studio/*/")
        page.wait_for_selector('[data-seat-map] [data-row="Z"]', timeout=ANSWER_MS)
        expect(page.locator('[data-seat-map] [data-status="mine"]')).to_have_attribute(
            "data-name", label
        )


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_editor_fits_the_screen(browser: Browser, running_site: str, device: Any) -> None:
    studio_id = studio_of(running_site, untouched_showtime(running_site))
    with visitor(browser, device) as page:
        open_editor(page, running_site, studio_id)

        wide = page.evaluate(
            "[...document.querySelectorAll('.layout-panel, .layout-grid, .layout-button')]"
            ".filter(part => part.getBoundingClientRect().right > innerWidth).length"
        )
        assert (page.evaluate("document.documentElement.scrollWidth <= innerWidth"), wide) == (
            True,
            0,
        )
