"""Visitor of a running site in a real browser: opens pages, taps seats, reads the contents."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
WITHIN_A_SECOND_MS = 1_000
PATIENCE_MS = 60_000
TRIALS_MAX = 3
LOOKS_MAX, LOOK_MS = 4, 500
DAYS_AHEAD = 4  # without bookings, so that every test finds a showtime of its own
DAYS_TRIED_MAX = 5  # other tests buy, block and move on the same days

_taken: set[int] = set()


def untouched_showtime(
    site: str,
    studio_class: str = "regular",
    is_wanted: Callable[[dict[str, Any]], bool] = lambda _showtime: True,
) -> int:
    """A showtime that is on sale, wholly free and used by no other test of this process."""
    for day in range(DAYS_AHEAD, DAYS_AHEAD + DAYS_TRIED_MAX):
        date = (datetime.now(UTC) + timedelta(days=day)).date().isoformat()
        query: dict[str, str | int] = {"date": date, "limit": 200}
        shown = httpx.get(f"{site}/api/v1/showtimes", params=query).json()
        candidates = [
            showtime["id"]
            for showtime in shown["results"]
            if showtime["studio"]["studio_class"] == studio_class
            and showtime["id"] not in _taken
            and is_wanted(showtime)
        ]
        random.shuffle(candidates)
        for showtime_id in candidates:
            seats = httpx.get(f"{site}/showtimes/{showtime_id}/seats.json").json()
            if seats["available"] == len(seats["seats"]):
                _taken.add(showtime_id)
                return int(showtime_id)
    raise AssertionError(f"no untouched {studio_class} showtime in {DAYS_TRIED_MAX} days")


def studio_of(site: str, showtime_id: int) -> int:
    return int(httpx.get(f"{site}/api/v1/showtimes/{showtime_id}").json()["studio"]["id"])


@contextmanager
def visitor(browser: Browser, device: dict[str, Any] = DESKTOP) -> Iterator[Page]:
    """A browser of its own, whose scripts must not fail."""
    # The headless shell names no language of its own, and the office follows the browser's.
    settings = {"locale": "en-US", "reduced_motion": "reduce"} | device
    context: BrowserContext = browser.new_context(**settings)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: _note_policy_fault(message, faults))
    try:
        yield page
        assert faults == []
    finally:
        context.close()


def _note_policy_fault(message: Any, faults: list[str]) -> None:
    if "Content Security Policy" in message.text:
        faults.append(message.text)


def in_time(trial: Callable[[], None]) -> None:
    """Repeats a measurement, because the machine may be busy for a moment.

    A real fault is slow each time.
    """
    for trials_left in reversed(range(TRIALS_MAX)):
        try:
            trial()
        except AssertionError:
            if not trials_left:
                raise
        else:
            return


def what_stays(page: Page, find: Callable[[], list[str]]) -> list[str]:
    """The faults that a page still has some time after its size or theme changed."""
    faults = find()
    for _look in range(LOOKS_MAX):
        if not faults:
            break
        page.wait_for_timeout(LOOK_MS)
        faults = find()
    return faults


def open_map(page: Page, site: str, showtime_id: int, language: str = "/en") -> None:
    page.goto(f"{site}{language}/showtimes/{showtime_id}/")
    expect(page.locator("[data-feed-state]")).to_have_attribute("data-feed-state", "live")


def free_seats(page: Page) -> Locator:
    return page.locator('[data-seat-map] [data-seat][data-status="available"]')


def seat_ids(page: Page, count: int, category: str = "regular") -> list[int]:
    """The first free seats in the order of the drawing."""
    seats = page.locator(
        f'[data-seat-map] [data-seat][data-status="available"][data-category="{category}"]'
    )
    return [int(seats.nth(i).get_attribute("data-seat") or 0) for i in range(count)]


def seat(page: Page, seat_id: int) -> Locator:
    return page.locator(f'[data-seat-map] [data-seat="{seat_id}"]')


def expect_status(page: Page, seat_id: int, status: str, timeout: int = PATIENCE_MS) -> None:
    expect(seat(page, seat_id)).to_have_attribute("data-status", status, timeout=timeout)


def take(page: Page, *ids: int) -> None:
    for seat_id in ids:
        seat(page, seat_id).click()
        expect_status(page, seat_id, "mine")


def fill_in(page: Page, name: str = "Siti Rahma", email: str = "siti@example.com") -> None:
    page.get_by_label(re.compile("^(Name|Nama)$")).fill(name)
    page.get_by_label(re.compile("^Email$")).fill(email)
    age = page.locator('input[name="age_confirmed"]')  # of films for adults
    if age.count():
        age.check()


def pay(page: Page, choice: str = "pay") -> None:
    """From the checkout through the bank's page and back."""
    page.locator("[data-pay]").click()
    page.wait_for_url("**/sandbox/pay/**")
    page.locator(f'button[value="{choice}"]').click()
    page.wait_for_url("**/bookings/**")
