"""Buying a ticket in a real browser, from the film to the QR code."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.visits import (
    PATIENCE_MS,
    expect_status,
    fill_in,
    open_map,
    pay,
    seat,
    seat_ids,
    take,
    untouched_showtime,
    visitor,
)

pytestmark = pytest.mark.browser

POLL_MS = 50


def test_ticket_is_bought_from_the_home_page_to_the_qr_code(
    browser: Browser, running_site: str
) -> None:
    with visitor(browser) as page:
        page.goto(f"{running_site}/en/")
        page.locator(".film-card a").first.click()
        page.locator('a[href*="/en/showtimes/"]:visible').last.click()
        expect(page.locator("[data-feed-state]")).to_have_attribute("data-feed-state", "live")
        film = page.get_by_role("heading", level=1).inner_text()
        [chosen] = seat_ids(page, 1)
        take(page, chosen)
        label = page.locator("[data-panel] .selected-seat-label").first.inner_text()
        page.get_by_role("link", name="Continue").click()
        fill_in(page)
        pay(page)

        expect(page.get_by_role("heading", level=1)).to_have_text("Enjoy the film!")
        ticket = page.locator(".ticket").first
        expect(ticket).to_contain_text(film)
        expect(ticket).to_contain_text(label)
        code = ticket.locator("img.ticket-qr")
        assert code.evaluate("image => image.complete && image.naturalWidth > 0")


def test_total_follows_ticket_types_and_a_bad_voucher_loses_nothing(
    browser: Browser, running_site: str
) -> None:
    with visitor(browser) as page:
        open_map(page, running_site, untouched_showtime(running_site))
        take(page, *seat_ids(page, 1))
        page.get_by_role("link", name="Continue").click()
        fill_in(page, email="half@")
        before = page.locator(".pay-amount").inner_text()
        page.locator("select[data-reprices]").select_option(index=1)
        expect(page.locator(".pay-amount")).not_to_have_text(before)
        page.get_by_label("Voucher").fill("NOSUCH")
        page.get_by_role("button", name="Apply").click()
        expect(page.locator("[data-breakdown] [role=alert]")).to_be_visible()
        page.locator("[data-pay]").click()

        expect(page.get_by_text("This is not a complete email address.")).to_be_visible()
        assert page.get_by_label("Name", exact=True).input_value() == "Siti Rahma"
        assert page.locator("select[data-reprices]").evaluate("list => list.selectedIndex") == 1


def test_pay_pressed_twice_makes_one_booking(browser: Browser, running_site: str) -> None:
    with visitor(browser) as page:
        open_map(page, running_site, untouched_showtime(running_site))
        take(page, *seat_ids(page, 1))
        page.get_by_role("link", name="Continue").click()
        fill_in(page)
        page.locator("[data-pay]").dblclick()
        page.wait_for_url("**/sandbox/pay/**")
        page.goto(f"{running_site}/en/bookings/")

        expect(page.locator(".booking-row")).to_have_count(1)


def test_input_before_the_script_loads_is_kept(browser: Browser, running_site: str) -> None:
    showtime = untouched_showtime(running_site)
    checkout = f"{running_site}/en/showtimes/{showtime}/checkout/"
    script = re.compile(r"/checkout/contact-draft\b")
    with visitor(browser) as page:
        open_map(page, running_site, showtime)
        [chosen] = seat_ids(page, 1)
        take(page, chosen)
        late: list[Route] = []
        page.route(script, lambda route: late.append(route))
        page.goto(checkout, wait_until="commit")
        fill_in(page)
        page.locator("select[data-reprices]").select_option(index=1)
        before = page.locator(".pay-amount").inner_text()
        for _attempt in range(PATIENCE_MS // POLL_MS):
            if not late:
                page.wait_for_timeout(POLL_MS)
        late[0].continue_()
        expect(page.locator(".pay-amount")).not_to_have_text(before)

        page.unroute(script)
        page.goto(checkout)
        expect(page.get_by_label("Name", exact=True)).to_have_value("Siti Rahma")
        expect(page.get_by_label("Email", exact=True)).to_have_value("siti@example.com")


def test_order_that_waits_can_be_given_up_for_other_seats(
    browser: Browser, running_site: str
) -> None:
    showtime = untouched_showtime(running_site)
    with visitor(browser) as page:
        open_map(page, running_site, showtime)
        first, second = seat_ids(page, 2)
        take(page, first)
        page.get_by_role("link", name="Continue").click()
        fill_in(page)
        page.locator("[data-pay]").click()
        page.wait_for_url("**/sandbox/pay/**")

        open_map(page, running_site, showtime)
        seat(page, second).click()
        expect(page.locator("[data-notice-text]")).to_contain_text("waiting for its payment")
        page.get_by_role("button", name="Cancel booking, change seats").click()
        expect_status(page, first, "mine")
        take(page, second)
