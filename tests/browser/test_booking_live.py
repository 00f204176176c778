"""Two windows on one showtime: what one does, the other sees, within a second."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

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
    """From ``begin`` on the page's seat feed brings no news."""

    def __init__(self, page: Page) -> None:
        self._has_begun = False
        page.route_web_socket("**/ws/**", self._join)

    def begin(self) -> None:
        self._has_begun = True

    def _join(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda word: None if self._has_begun else socket.send(word))


def test_seat_goes_and_comes_back_in_the_other_window(browser: Browser, running_site: str) -> None:
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


def test_tap_on_a_seat_that_somebody_holds_is_answered(browser: Browser, running_site: str) -> None:
    showtime = untouched_showtime(running_site)
    with visitor(browser) as page, visitor(browser) as other:
        open_map(page, running_site, showtime)
        open_map(other, running_site, showtime)
        theirs, free = seat_ids(page, 2)
        take(page, theirs)
        expect_status(other, theirs, "held")

        seat(other, theirs).click(force=True)  # it says aria-disabled, yet people tap it
        name = seat(other, theirs).get_attribute("data-name")
        expect(other.locator("[data-notice-text]")).to_have_text(f"{name}, held by somebody else")
        take(other, free)
        expect(other.locator("[data-notice]")).to_be_hidden()


def test_loser_of_a_race_is_told_the_seat_and_takes_the_nearest(
    browser: Browser, running_site: str
) -> None:
    showtime = untouched_showtime(running_site)
    with visitor(browser) as page, visitor(browser) as other:
        deaf = Deafness(page)
        open_map(page, running_site, showtime)
        open_map(other, running_site, showtime)
        first, second = seat_ids(page, 2)
        take(page, first)
        # The other is faster, and the news of it is still on its way.
        deaf.begin()
        take(other, second)
        seat(page, second).click()

        notice = page.locator("[data-notice]")
        expect(notice).to_contain_text("was just taken by somebody else")
        notice.get_by_role("button", name="instead").click()
        expect(page.locator("[data-panel] .pick")).to_have_count(2)
        expect(notice).to_be_hidden()
        expect_status(page, second, "held")


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
        expect(page.locator("[data-panel] .pick")).to_have_count(2)


def test_lost_network_refuses_taps_and_keeps_the_truth(browser: Browser, running_site: str) -> None:
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


def test_expired_hold_reopens_in_both_windows(browser: Browser, short_hold_site: str) -> None:
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
        take(other, chosen)
        expect_status(page, chosen, "held")


def test_checkout_whose_time_is_up_says_so_and_keeps_what_was_typed(
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
        take(page, chosen)
        page.get_by_role("link", name="Continue").click()
        expect(page.get_by_label("Name", exact=True)).to_have_value("Siti Rahma")
