"""Preparations in the office for some screenshots of the guide."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from ops.runner.cli import ROOT
from tests.browser.visits import PHONE

FIRST_ROW = "#result_list tbody th a"
TROUBLE_SECONDS = 90
LOOKS_MAX, LOOK_MS = 20, 1_000
WATCH_LOOKS_MAX = 90
NOT_A_TICKET = "FILM-TONIGHT"


def price_preview(page: Page, url: str) -> None:
    """A large-format evening of the next weekend."""
    page.goto(f"{url}/admin/bookings/tickettype/price-preview/")
    studio = page.locator("[name=studio] option[value]:not([value=''])").first
    today = datetime.now(UTC).date()
    saturday = today + timedelta(days=(5 - today.weekday()) % 7 or 7)
    asked = {
        "studio": studio.get_attribute("value"),
        "screen_format": "2D",
        "day": saturday.isoformat(),
        "hour": "19:30",
    }
    page.goto(f"{url}/admin/bookings/tickettype/price-preview/?{urlencode(asked)}")
    expect(page.locator("[data-rule]")).to_be_visible()


def manual_payout(page: Page, url: str) -> None:
    """Takes over a refund that its provider has just refused, and opens its task."""
    _cause_trouble(url)
    _look_for(page, f"{url}/admin/bookings/refund/?status__exact=failed", LOOKS_MAX)
    page.locator("[name=_selected_action]").first.check()
    page.locator("[name=action]").select_option("take_over")
    page.locator("[name=index]").first.click()
    page.wait_for_load_state()
    page.goto(f"{url}/admin/bookings/manualpayout/")
    page.locator(FIRST_ROW).first.click()
    page.wait_for_load_state()


def incident(page: Page, url: str) -> None:
    """The incident of that payout, opened by the health checks, which run every minute."""
    page.goto(f"{url}/admin/bookings/manualpayout/")
    if not page.locator(FIRST_ROW).count():
        manual_payout(page, url)
    _look_for(page, f"{url}/admin/reports/incident/", WATCH_LOOKS_MAX)
    page.locator(FIRST_ROW).last.click()
    page.wait_for_load_state()


def _look_for(page: Page, address: str, looks: int) -> None:
    """Opens a list again and again until it has a row."""
    for _look in range(looks):
        page.goto(address)
        if page.locator(FIRST_ROW).count():
            break
        page.wait_for_timeout(LOOK_MS)


def _cause_trouble(url: str) -> None:
    """Runs in a separate process: Playwright uses the event loop of this one."""
    words = (
        "import sys; from tests.browser.trouble import cause_trouble; cause_trouble(sys.argv[1])"
    )
    subprocess.run(
        [sys.executable, "-c", words, url], cwd=ROOT, check=True, timeout=TROUBLE_SECONDS
    )


def door(page: Page, url: str) -> None:
    """An usher's phone after scanning a code that is no ticket."""
    page.set_viewport_size(PHONE["viewport"])
    page.goto(f"{url}/en/office/check-in/")
    page.locator("#door-code").fill(NOT_A_TICKET)
    page.locator("#door-code").press("Enter")
    expect(page.locator("[data-answer]").first).to_be_visible()


SCENES: dict[str, Callable[[Page, str], None]] = {
    "price-preview": price_preview,
    "manual-payout": manual_payout,
    "incident": incident,
    "door": door,
}
