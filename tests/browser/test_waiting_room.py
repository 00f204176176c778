"""A waiting room in the browser: the page moves on by itself, and leads to the seats."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe_rules import barriers_in, usual
from tests.browser.screens import screen_faults
from tests.browser.states import waiting_room
from tests.browser.visits import PHONE, free_seats, untouched_showtime, visitor
from tests.browser.waiting_rooms import make_room

pytestmark = pytest.mark.browser

PER_MINUTE_MAX = 24  # a quarter of it is six in a minute: the second waits ten seconds
REQUESTS_MAX, REQUESTS_IN_A_ROW, BETWEEN_REQUESTS_MS = 60, 12, 100
MARKED = "() => { window.isSamePage = true; }"


@pytest.mark.parametrize("language", ["", "/en"], ids=["indonesian", "english"])
def test_waiting_room_fits_every_screen_and_has_no_barriers(
    browser: Browser, running_site: str, language: str
) -> None:
    found: dict[str, Any] = {}
    with visitor(browser, {"bypass_csp": True}) as page:
        for state in waiting_room(page, running_site, language):
            found |= screen_faults(page, state)
            found |= barriers_in(page, state.name, usual(language))

    assert found == {}


def test_page_moves_on_by_itself_and_is_announced(browser: Browser, running_site: str) -> None:
    showtime = untouched_showtime(running_site, "large")
    with visitor(browser, {}) as first, visitor(browser, PHONE) as second:
        room = make_room(
            first, running_site, showtime, has_opening=False, per_minute_max=PER_MINUTE_MAX
        )
        address = f"{running_site}/en/waiting-rooms/{room}/"
        join(first, address)
        expect(first.locator(".notice-title", has_text="It is your turn")).to_be_visible()
        join(second, address)
        expect(second.locator(".waiting-number")).to_be_visible()
        second.evaluate(MARKED)

        expect(second.locator(".notice-title", has_text="It is your turn")).to_be_visible()

        assert second.evaluate("window.isSamePage")
        expect(second.locator("[data-announcement]")).to_contain_text("Please go on to the seats")
        expect(second).to_have_title("It is your turn")
        second.get_by_role("button", name="Go on to the seats").click()
        second.wait_for_url(f"**/showtimes/{showtime}/")
        expect(second.locator("[data-seat-map]")).to_be_visible()


def test_focus_stays_while_the_page_asks_again(browser: Browser, running_site: str) -> None:
    showtime = untouched_showtime(running_site, "large")
    with visitor(browser, {}) as page:
        room = make_room(page, running_site, showtime, has_opening=False)
        join(page, f"{running_site}/en/waiting-rooms/{room}/")
        expect(page.locator(".notice-title", has_text="It is your turn")).to_be_visible()
        ask_again(page)
        page.get_by_role("button", name="Go on to the seats").focus()
        page.evaluate("() => { document.activeElement.isSame = true; }")

        for _time in range(3):  # the answer before the last one is shown by then
            ask_again(page)

        assert page.evaluate("() => document.activeElement.isSame")


def ask_again(page: Page) -> None:
    with page.expect_response("**/place.json*"):
        page.evaluate("() => dispatchEvent(new Event('online'))")


def test_seat_map_that_was_open_leads_to_the_waiting_room(
    browser: Browser, running_site: str
) -> None:
    showtime = untouched_showtime(running_site, "large")
    with visitor(browser, {}) as page:
        page.goto(f"{running_site}/en/showtimes/{showtime}/")
        expect(page.locator('[data-status="available"]').first).to_be_visible()
        room = make_room(page, running_site, showtime, has_opening=False)
        wait_until_known(page, f"{running_site}/en/showtimes/{showtime}/wait/")

        free_seats(page).first.dispatch_event("click")

        page.wait_for_url(f"**/waiting-rooms/{room}/?showtime={showtime}")


def wait_until_known(page: Page, address: str) -> None:
    """Every process learns of a new room within a second."""
    in_a_row = 0
    for _request in range(REQUESTS_MAX):
        response = page.request.get(address, max_redirects=0)
        in_a_row = in_a_row + 1 if "/waiting-rooms/" in response.headers["location"] else 0
        if in_a_row == REQUESTS_IN_A_ROW:
            return
        page.wait_for_timeout(BETWEEN_REQUESTS_MS)
    raise AssertionError("a process does not know the room")


def join(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Join the queue").click()
