"""Two windows on one showtime: changes in one are visible in the other within a second."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from seating.holds.rescue import RESCUE_SECONDS
from tests.browser.visits import (
    WITHIN_A_SECOND_MS,
    expect_status,
    fill_in,
    in_time,
    open_map,
    seat,
    seat_ids,
    take,
    untouched_showtime,
    visitor,
)

pytestmark = pytest.mark.browser


class Deafness:
    """From ``begin`` on, the page's seat feed delivers nothing."""

    def __init__(self, page: Page) -> None:
        self._has_begun = False
        self._socket: WebSocketRoute | None = None
        page.route_web_socket("**/ws/**", self._join)

    def begin(self) -> None:
        self._has_begun = True

    def deliver(self, frame: dict[str, Any]) -> None:
        """Send a frame of ours."""
        assert self._socket is not None
        self._socket.send(json.dumps(frame))

    def _join(self, socket: WebSocketRoute) -> None:
        self._socket = socket
        server = socket.connect_to_server()
        server.on_message(lambda word: None if self._has_begun else socket.send(word))


def test_seat_changes_in_one_window_are_shown_in_the_other(
    browser: Browser, running_site: str
) -> None:
    showtime = untouched_showtime(running_site)
    with visitor(browser) as page, visitor(browser) as other:
        open_map(page, running_site, showtime)
        open_map(other, running_site, showtime)

        def go_and_come_back() -> None:
            first, second = seat_ids(page, 2)
            take(page, first)
            expect_status(other, first, "held", WITHIN_A_SECOND_MS)
            take(page, second)
            page.locator(f'[data-drop-seat="{first}"]').click()
            expect_status(page, first, "available")
            expect_status(other, first, "available", WITHIN_A_SECOND_MS)
            page.get_by_role("button", name="Release all").click()
            expect_status(other, second, "available", WITHIN_A_SECOND_MS)

        in_time(go_and_come_back)


def test_tap_on_a_held_seat_and_a_filling_hall_are_reported(
    browser: Browser, running_site: str
) -> None:
    showtime = untouched_showtime(running_site)
    with visitor(browser) as page, visitor(browser) as other:
        deaf = Deafness(other)
        open_map(page, running_site, showtime)
        open_map(other, running_site, showtime)
        theirs, free = seat_ids(page, 2)
        take(page, theirs)
        expect_status(other, theirs, "held")

        seat(other, theirs).click(force=True)  # aria-disabled, but still tapped by visitors
        name = seat(other, theirs).get_attribute("data-name")
        expect(other.locator("[data-notice-text]")).to_have_text(f"{name}, held by somebody else")
        take(other, free)
        expect(other.locator("[data-notice]")).to_be_hidden()

        deaf.begin()
        expect(other.locator("[data-sale-label]")).to_be_hidden()
        deaf.deliver({"type": "delta", "seats": [], "availability": "few_together", "together": 2})
        expect(other.locator("[data-sale-label]")).to_have_text("At most 2 together")


def test_lost_race_names_the_seat_and_offers_the_nearest(
    browser: Browser, running_site: str
) -> None:
    showtime = untouched_showtime(running_site)
    with visitor(browser) as page, visitor(browser) as other:
        deaf = Deafness(page)
        open_map(page, running_site, showtime)
        open_map(other, running_site, showtime)
        first, second = seat_ids(page, 2)
        take(page, first)
        # The other visitor is faster, and the seat update has not arrived yet.
        deaf.begin()
        take(other, second)
        seat(page, second).click()

        notice = page.locator("[data-notice]")
        expect(notice).to_contain_text("was just taken by somebody else")
        notice.get_by_role("button", name="instead").click()
        expect(page.locator("[data-panel] .selected-seat")).to_have_count(2)
        expect(notice).to_be_hidden()
        expect_status(page, second, "held")


def test_offer_after_a_lost_race_is_hidden_when_its_time_is_over(
    browser: Browser, running_site: str
) -> None:
    showtime = untouched_showtime(running_site)
    with visitor(browser) as page, visitor(browser) as other:
        page.clock.install()
        deaf = Deafness(page)
        open_map(page, running_site, showtime)
        open_map(other, running_site, showtime)
        first, second = seat_ids(page, 2)
        take(page, first)
        deaf.begin()
        take(other, second)
        seat(page, second).click()
        notice, announced = page.locator("[data-notice]"), page.locator("[data-whisper]")
        expect(notice.get_by_role("button", name="instead")).to_be_visible()
        before = announced.text_content()
        page.clock.fast_forward(RESCUE_SECONDS * 1_000)

        expect(notice).to_be_hidden()
        expect(notice.get_by_role("button", name="instead")).to_have_count(0)
        expect_status(page, first, "mine")
        assert announced.text_content() == before


def test_second_tab_reload_and_back_keep_the_seats(browser: Browser, running_site: str) -> None:
    showtime = untouched_showtime(running_site)
    with visitor(browser) as page:
        open_map(page, running_site, showtime)
        tab = page.context.new_page()
        open_map(tab, running_site, showtime)
        first, second = seat_ids(page, 2)

        take(page, first)
        expect_status(tab, first, "mine")
        take(tab, second)
        expect_status(page, second, "mine")
        page.reload()
        expect_status(page, first, "mine")
        page.get_by_role("link", name="Continue").click()
        page.go_back()
        expect_status(page, first, "mine")
        expect_status(page, second, "mine")
        expect(page.locator("[data-panel] .selected-seat")).to_have_count(2)


def test_lost_network_refuses_taps_and_keeps_the_state(browser: Browser, running_site: str) -> None:
    showtime = untouched_showtime(running_site)
    with visitor(browser) as page, visitor(browser) as other:
        open_map(page, running_site, showtime)
        open_map(other, running_site, showtime)
        mine, theirs, untaken = seat_ids(page, 3)
        take(page, mine)

        page.context.set_offline(True)
        expect(page.locator("[data-notice-text]")).to_contain_text("You are offline.")
        seat(page, untaken).click()
        expect_status(page, untaken, "available")
        take(other, theirs)
        page.context.set_offline(False)

        expect_status(page, theirs, "held")
        expect_status(page, mine, "mine")
        expect(page.locator("[data-notice]")).to_be_hidden()


def test_map_is_polled_where_no_socket_can_be_had(browser: Browser, running_site: str) -> None:
    showtime = untouched_showtime(running_site)
    with visitor(browser) as page, visitor(browser) as other:
        page.route_web_socket("**/ws/**", lambda socket: socket.close())
        page.goto(f"{running_site}/en/showtimes/{showtime}/")
        open_map(other, running_site, showtime)
        [chosen] = seat_ids(page, 1)

        take(other, chosen)
        expect_status(page, chosen, "held", 6_000)


def test_expired_hold_reopens_and_is_taken_again_in_one_tap(
    browser: Browser, short_hold_site: str
) -> None:
    showtime = untouched_showtime(short_hold_site)
    with visitor(browser) as page, visitor(browser) as other:
        open_map(page, short_hold_site, showtime)
        open_map(other, short_hold_site, showtime)
        [chosen] = seat_ids(page, 1)
        take(page, chosen)
        expect_status(other, chosen, "held")

        expect(page.locator("[data-notice-text]")).to_contain_text(
            "Your time was up", timeout=15_000
        )
        expect_status(page, chosen, "available")
        expect_status(other, chosen, "available", 15_000)
        page.get_by_role("button", name="Take the same seats again").click()
        expect_status(page, chosen, "mine")
        expect_status(other, chosen, "held")


def test_expired_checkout_reports_it_and_keeps_the_input(
    browser: Browser, short_hold_site: str
) -> None:
    showtime = untouched_showtime(short_hold_site)
    with visitor(browser) as page:
        open_map(page, short_hold_site, showtime)
        [chosen] = seat_ids(page, 1)
        take(page, chosen)
        page.get_by_role("link", name="Continue").click()
        fill_in(page)

        message = page.locator(".messages")
        expect(message).to_contain_text("Your seats are not held any more", timeout=15_000)
        page.get_by_role("button", name="Take the same seats again").click()
        expect(page.get_by_label("Name", exact=True)).to_have_value("Siti Rahma")
