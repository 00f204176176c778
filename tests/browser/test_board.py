"""The schedule board in a real browser: dragging, typing, refusals with a reason, on a phone."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from demo.chain import PASSWORD
from tests.browser.axe_rules import barriers
from tests.browser.visits import PHONE, visitor

pytestmark = pytest.mark.browser

WIDE = {"viewport": {"width": 1400, "height": 900}, "locale": "en-US"}
FIRST_DAY_AHEAD = 60  # beyond the demo's programme; every test uses a day of its own
ANSWER_MS = 15_000

_days = itertools.count(FIRST_DAY_AHEAD)


def empty_day() -> str:
    return (datetime.now(UTC) + timedelta(days=next(_days))).date().isoformat()


def open_board(page: Page, site: str, day: str) -> None:
    """Sign in as a manager of one cinema; marks the page, so that a reload is detected."""
    page.goto(f"{site}/en/accounts/login/?next=/admin/board/%3Fday={day}")
    page.locator("[name=login]").fill("jakarta@layar.example")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(f"**/admin/board/*/{day}/")
    page.evaluate("window.isTheSamePage = true")


def add(page: Page, hour: str, studio: int = 0) -> None:
    """Submit the form of a studio's own button, without waiting for the response."""
    page.locator(".board-add").nth(studio).click()
    page.locator("[data-board-form] [name=movie]").select_option(index=1)
    page.locator("[data-board-form] [name=hour]").fill(hour)
    page.locator("[data-board-form] [name=price_rupiah]").fill("90000")
    page.locator("[data-board-form] [name=audio_language]").fill("Indonesia")
    page.locator("[data-board-form] [type=submit]").click()


def expect_minute(block: Locator, minute: int) -> None:
    expect(block).to_have_attribute("data-from", str(minute), timeout=ANSWER_MS)


def board_barriers(page: Page) -> list[str]:
    """The rules that our part of the page breaks; the theme around it is not ours."""
    return barriers(page, within=".board")


def drag(page: Page, block: Locator, *, minutes: int, lanes: int = 0) -> None:
    box, lane = block.bounding_box(), page.locator("[data-lane]").first.bounding_box()
    assert box is not None
    assert lane is not None
    x, y = box["x"] + 20, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 10, y)
    page.mouse.move(
        x + minutes * lane["width"] / (24 * 60), y + lanes * lane["height"] * 1.02, steps=4
    )
    page.mouse.up()


def test_showtime_is_added_dragged_and_moved_by_keys(browser: Browser, running_site: str) -> None:
    day = empty_day()
    with visitor(browser, WIDE) as page:
        open_board(page, running_site, day)
        blocks = page.locator("[data-block]")
        add(page, "11:00")
        expect_minute(blocks, 360)

        drag(page, blocks, minutes=95, lanes=1)
        expect_minute(blocks, 455)
        expect(page.locator("[data-lane]").nth(1).locator("[data-block]")).to_have_count(1)

        blocks.locator("a").focus()
        for key in ("Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowUp", "Enter"):
            page.keyboard.press(key)
        expect_minute(blocks, 465)
        expect(page.locator("[data-lane]").first.locator("[data-block]")).to_have_count(1)
        assert page.evaluate("window.isTheSamePage") is True

        page.reload()
        expect_minute(blocks, 465)


def test_overlap_is_refused_with_its_reason(browser: Browser, running_site: str) -> None:
    with visitor(browser, WIDE) as page:
        open_board(page, running_site, empty_day())
        blocks = page.locator("[data-block]")
        add(page, "10:00")
        expect(blocks).to_have_count(1, timeout=ANSWER_MS)
        add(page, "15:00")
        expect(blocks).to_have_count(2, timeout=ANSWER_MS)
        title = blocks.first.locator("b").inner_text()

        drag(page, blocks.nth(1), minutes=-290)

        reason = page.locator("[data-board-refusal]")
        expect(reason).to_contain_text(f"is taken by “{title}” from", timeout=ANSWER_MS)
        assert [blocks.nth(n).get_attribute("data-from") for n in (0, 1)] == ["300", "600"]
        style = blocks.nth(1).get_attribute("style") or ""
        assert "--from: 600" in style  # it returned to its position

        page.locator("[data-board-close]").click()
        add(page, "10:30")
        expect(reason).to_contain_text(f"is taken by “{title}” from", timeout=ANSWER_MS)
        expect(blocks).to_have_count(2)


def test_click_on_an_empty_place_fills_the_form(browser: Browser, running_site: str) -> None:
    with visitor(browser, WIDE) as page:
        open_board(page, running_site, empty_day())
        lane = page.locator("[data-lane]").nth(2)
        box = lane.bounding_box()
        assert box is not None

        lane.click(position={"x": box["width"] * 8 / 24 + 2, "y": 20})

        form = page.locator("[data-board-form]")
        expect(form.locator("[name=hour]")).to_have_value("13:00", timeout=ANSWER_MS)
        studio = lane.get_attribute("data-lane") or ""
        expect(form.locator("[name=studio]")).to_have_value(studio)
        form.locator("[name=movie]").select_option(index=1)
        expect(form.locator("[name=price_rupiah]")).not_to_have_value("", timeout=ANSWER_MS)


def test_phone_shows_a_list(browser: Browser, running_site: str) -> None:
    day = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    with visitor(browser, PHONE | {"locale": "en-US"}) as page:
        open_board(page, running_site, day)
        blocks = page.locator("[data-block]")
        first, second = blocks.nth(0).bounding_box(), blocks.nth(1).bounding_box()
        assert first is not None
        assert second is not None

        assert (first["x"], first["width"]) == (second["x"], second["width"])
        assert second["y"] > first["y"]
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert page.locator(".board-hours").is_visible() is False
        blocks.first.locator("a").tap()
        expect(page.locator("[data-board-panel][open] h2")).to_have_text(
            blocks.first.locator("b").inner_text(), timeout=ANSWER_MS
        )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_board_and_its_forms_have_no_barriers(
    browser: Browser, running_site: str, scheme: str
) -> None:
    # Not today: the day may be over in the cinema's time zone.
    day = (datetime.now(UTC) + timedelta(days=2)).date()
    device = WIDE | {"color_scheme": scheme, "bypass_csp": True}
    found: dict[str, list[str]] = {}
    with visitor(browser, device) as page:
        open_board(page, running_site, day.isoformat())
        found["board"] = board_barriers(page)
        page.locator("[data-block] a").first.click()
        expect(page.locator("[data-board-panel] dl")).to_be_visible(timeout=ANSWER_MS)
        found["showtime"] = board_barriers(page)
        page.locator("[data-board-close]").click()
        page.locator(".board-actions [data-board-open]").click()
        expect(page.locator("[data-suggestion-url]")).to_be_visible(timeout=ANSWER_MS)
        found["add"] = board_barriers(page)
        cinema = page.url.split("/")[-3]
        copied = f"what=day&target={cinema}&first_day={day + timedelta(days=1)}"
        page.goto(page.url + f"copy/?{copied}&weekdays=" + "&weekdays=".join("0123456"))
        found["plan"] = board_barriers(page)

    assert {name: rules for name, rules in found.items() if rules} == {}
