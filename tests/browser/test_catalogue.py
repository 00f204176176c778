"""The catalogue in a real browser: narrow screens, the keyboard alone, and no scripts."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.visits import DESKTOP, PHONE, visitor

pytestmark = pytest.mark.browser

PAGES = ["/", "/films/", "/films/sintel/", "/cinemas/", "/cinemas/layar-menteng/", "/schedule/"]
SMALLEST_PHONE = PHONE | {"viewport": {"width": 320, "height": 640}}
FINGER_PX = 44


@pytest.mark.parametrize("device", [SMALLEST_PHONE, PHONE, DESKTOP], ids=["320", "390", "1280"])
def test_no_page_is_wider_than_its_screen(
    running_site: str, browser: Browser, device: dict[str, Any]
) -> None:
    with visitor(browser, device) as page:
        for prefix in ("", "/en"):
            for path in PAGES:
                page.goto(f"{running_site}{prefix}{path}")
                excess = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert (path, excess) == (path, 0)


def test_targets_fit_a_finger(running_site: str, browser: Browser) -> None:
    with visitor(browser, PHONE) as page:
        page.goto(f"{running_site}/schedule/")
        small = page.evaluate(
            """finger => [...document.querySelectorAll(
                 'header a, .tabbar a, .chip, .date-strip a, .showtime, .button, footer li a,'
                 + '.film-listing-title a, .listing-cinema a')]
               .filter(e => e.offsetParent && e.getBoundingClientRect().height < finger)
               .map(e => e.outerHTML)""",
            FINGER_PX,
        )
        assert small == []


def test_skip_link_leads_past_the_header(running_site: str, browser: Browser) -> None:
    with visitor(browser) as page:
        page.goto(f"{running_site}/en/")
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to content")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()


def test_keyboard_alone_reaches_a_showtime(running_site: str, browser: Browser) -> None:
    with visitor(browser) as page:
        page.goto(f"{running_site}/en/schedule/?date=")
        page.locator(".date-strip a").nth(1).focus()
        page.keyboard.press("Enter")
        first = page.locator("a.showtime").first
        first.focus()
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        page.wait_for_url("**/showtimes/*/")


def test_filter_takes_effect_when_chosen_and_keeps_the_others(
    running_site: str, browser: Browser
) -> None:
    with visitor(browser) as page:
        page.goto(f"{running_site}/en/schedule/?city=jakarta")
        page.locator(".date-strip a").nth(2).click()
        page.wait_for_url("**date=**")
        page.get_by_label("Format").select_option("2D")
        page.wait_for_url("**format=2D**")
        assert "city=jakarta" in page.url
        assert "date=" in page.url
        assert "cinema=" not in page.url


def test_filters_work_without_scripts(running_site: str, browser: Browser) -> None:
    with visitor(browser, DESKTOP | {"java_script_enabled": False}) as page:
        page.goto(f"{running_site}/en/films/")
        page.get_by_label("Title, person, genre or cinema").fill("sintel")
        page.locator("main").get_by_role("button", name="Search").click()
        expect(page.locator(".film-card h3")).to_have_text(["Sintel"])
        page.goto(f"{running_site}/en/schedule/?city=jakarta")
        page.get_by_label("Format").select_option("2D")
        page.get_by_role("button", name="Show").click()
        page.wait_for_url("**format=2D**")
        assert "city=jakarta" in page.url


def test_language_link_keeps_the_page(running_site: str, browser: Browser) -> None:
    with visitor(browser) as page:
        page.goto(f"{running_site}/schedule/?city=makassar")
        page.get_by_role("link", name="English").click()
        assert page.url == f"{running_site}/en/schedule/?city=makassar"
        assert page.locator("html").get_attribute("lang") == "en"
