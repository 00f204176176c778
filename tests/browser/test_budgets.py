"""Performance budgets of pages on a slow phone: bytes before images, layout shifts, waiting.

Waiting depends on other load: ``bin/test -m timing`` measures it on an idle machine.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visits import PHONE, in_time, untouched_showtime, visitor

pytestmark = pytest.mark.browser

PAGES = ["/", "/films/", "/films/sintel/", "/cinemas/", "/schedule/", "/accounts/login/"]
BYTES_MAX = 60_000
SHIFT_MAX = 0.02
PAINT_MAX_MS = 2_500
FIRST_SEAT_MAX_MS = 3_000
SLOW_NETWORK = {
    "offline": False,
    "latency": 100,
    "downloadThroughput": 400_000 / 8,
    "uploadThroughput": 400_000 / 8,
}
CPU_SLOWDOWN = 6
OBSERVE = """
  window.shift = 0;
  window.paint = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.paint = entry.startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
"""


def transferred(page: Page, address: str) -> int:
    """Compressed bytes of the page, its styles, scripts and fonts with an empty cache."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    kinds: dict[str, str] = {}
    sizes: dict[str, float] = {}
    session.on("Network.responseReceived", lambda event: _note_kind(kinds, event))
    session.on("Network.dataReceived", lambda event: _note_size(sizes, event))
    page.goto(address, wait_until="networkidle")
    session.detach()
    return int(sum(size for request, size in sizes.items() if kinds.get(request) != "Image"))


def _note_kind(kinds: dict[str, str], event: dict[str, Any]) -> None:
    kinds[event["requestId"]] = event["type"]


def _note_size(sizes: dict[str, float], event: dict[str, Any]) -> None:
    request = event["requestId"]
    sizes[request] = sizes.get(request, 0) + event["encodedDataLength"]


def test_pages_transfer_at_most_60_kb_before_images(browser: Browser, running_site: str) -> None:
    found = {}
    for path in [*PAGES, f"/showtimes/{untouched_showtime(running_site)}/"]:
        with visitor(browser, PHONE) as page:
            found[path] = transferred(page, running_site + path)

    assert {path: size for path, size in found.items() if size > BYTES_MAX} == {}


def test_content_does_not_move_on_a_slow_phone(browser: Browser, running_site: str) -> None:
    found = {path: _measure(browser, running_site + path) for path in PAGES}

    assert {path: shift for path, (shift, _) in found.items() if shift > SHIFT_MAX} == {}


@pytest.mark.timing
def test_pages_are_painted_in_time_on_a_slow_phone(browser: Browser, running_site: str) -> None:
    def trial() -> None:
        found = {path: _measure(browser, running_site + path) for path in PAGES}
        assert {path: paint for path, (_, paint) in found.items() if paint > PAINT_MAX_MS} == {}

    in_time(trial)


@pytest.mark.timing
def test_first_seat_can_be_taken_within_three_seconds_on_a_slow_phone(
    browser: Browser, running_site: str
) -> None:
    def trial() -> None:
        address = f"{running_site}/showtimes/{untouched_showtime(running_site)}/"
        with visitor(browser, PHONE) as page:
            _slow_down(page)
            page.goto(address, wait_until="commit")
            expect(page.locator("[data-mini-map]")).to_be_attached()
            usable = page.evaluate("performance.now()")
        assert usable <= FIRST_SEAT_MAX_MS

    in_time(trial)


def _slow_down(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})


def _measure(browser: Browser, address: str) -> tuple[float, float]:
    with visitor(browser, PHONE) as page:
        page.add_init_script(OBSERVE)
        _slow_down(page)
        page.goto(address, wait_until="load")
        page.wait_for_timeout(500)
        shift, paint = page.evaluate("[window.shift, window.paint]")
    return float(shift), float(paint)
