"""Draws the pictures of the README: `python -m tests.browser.readme_pictures --url URL`.

The site at URL has the demo chain; `manage.py simulate` beside it fills maps with other visitors.
"""

from __future__ import annotations

import argparse
import base64
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import chromium
from tests.browser.screenshots import IMAGES, keep
from tests.browser.visits import fill_in, free_seats, open_map, pay, take, untouched_showtime

WINDOW: dict[str, Any] = {
    "viewport": {"width": 1120, "height": 840},
    "timezone_id": "Asia/Jayapura",
    "reduced_motion": "reduce",
    "color_scheme": "dark",
}
PHONE: dict[str, Any] = WINDOW | {"viewport": {"width": 350, "height": 740}, "has_touch": True}
CANVAS = {"width": 1640, "height": 900}
FRAMES = """<style>
  body { margin: 0; background: radial-gradient(120% 90% at 20% 0, #33293f, #0e0b15 60%); }
  img { position: absolute; border: 1px solid #4a4458; box-shadow: 0 30px 80px #0009; }
  .desk { left: 60px; top: 60px; width: 1120px; border-radius: 16px; }
  .phone { left: 1230px; top: 80px; width: 350px; border-radius: 40px; }
</style>"""
SETTLED_MS = 1_500


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    url = parser.parse_args().url
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        page = browser.new_context(**WINDOW).new_page()
        for name, path in (("home", "/en/?city=jayapura"), ("film", "/en/films/kereta-2340/")):
            page.goto(url + path)
            _keep(page, name)
        showtime = untouched_showtime(url)
        _two_windows(browser, page, url, showtime)
        page.goto(f"{url}/en/showtimes/{showtime}/checkout/")
        fill_in(page)
        _keep(page, "checkout")
        pay(page)
        expect(page.locator(".ticket-qr").first).to_be_visible()
        _keep(page, "ticket")
        browser.close()
    return 0


def _two_windows(browser: Browser, page: Page, url: str, showtime: int) -> None:
    """The map on a desk and on a phone, with seats of two visitors."""
    phone = browser.new_context(**PHONE).new_page()
    open_map(page, url, showtime)
    open_map(phone, url, showtime)
    page.locator("[data-best-seats] [type=submit]").click()
    expect(page.locator(".selected-seat-label")).to_have_count(2)
    page.evaluate("scrollTo(0, 0)")
    take(phone, int(free_seats(phone).nth(40).get_attribute("data-seat") or 0))
    pictures = [_picture(page), _picture(phone)]
    frames = browser.new_page(viewport=CANVAS)  # type: ignore[arg-type]  # a size
    desk, small = (f"data:image/png;base64,{picture}" for picture in pictures)
    frames.set_content(f'{FRAMES}<img class="desk" src="{desk}"><img class="phone" src="{small}">')
    _keep(frames, "seat-map")
    phone.context.close()


def _picture(page: Page) -> str:
    page.wait_for_timeout(SETTLED_MS)
    return base64.b64encode(page.screenshot()).decode()


def _keep(page: Page, name: str) -> None:
    page.wait_for_timeout(SETTLED_MS)
    keep(page, IMAGES / f"{name}.png")


if __name__ == "__main__":
    raise SystemExit(main())
