"""Purchases in which something goes wrong: by device and language, with and without scripts."""

from __future__ import annotations

import re
import shlex

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.journeys import Buyer, Situation, in_every_situation
from tests.browser.test_booking_live import Deafness
from tests.browser.visits import fill_in, pay, take, untouched_showtime, visitor
from tests.runtime.processes import wait_until
from tests.runtime.runs import Run

pytestmark = pytest.mark.browser

RISE_RUPIAH = 5_000
TAKE_OFFERED = re.compile("^(Take .* instead|Ambil .* saja)$")


@in_every_situation
def test_second_payment_after_a_declined_one_leads_to_the_tickets(
    browser: Browser, running_site: str, situation: Situation
) -> None:
    with visitor(browser, situation.context) as page:
        buyer = Buyer(page, running_site, untouched_showtime(running_site), situation)
        buyer.open_seats()
        wanted = buyer.wanted(2)
        buyer.go_to_checkout(*wanted)
        fill_in(page)
        pay(page, "decline")

        expect(page.locator(".pay-again button")).to_be_visible()
        assert not any(is_free(running_site, buyer.showtime, each) for each in wanted)
        page.locator(".pay-again button").click()
        page.wait_for_url("**/sandbox/pay/**")
        page.locator('button[value="pay"]').click()
        buyer.expect_tickets(2)


@in_every_situation
def test_buyer_who_lost_a_race_takes_the_offered_seats_and_pays(
    browser: Browser, running_site: str, situation: Situation
) -> None:
    showtime = untouched_showtime(running_site)
    with visitor(browser, situation.context) as page:
        buyer = Buyer(page, running_site, showtime, situation)
        deaf = Deafness(page)
        buyer.open_seats()
        first, second = buyer.wanted(2)
        if situation.has_scripts:
            take(page, first)
            deaf.begin()  # the faster visitor is not seen before the tap
        faster = httpx.post(
            f"{running_site}/api/v1/showtimes/{showtime}/holds",
            json={"seats": [second]},
            headers={"X-Visitor": "faster-than-the-buyer"},
        )
        assert faster.status_code == 201
        if situation.has_scripts:
            buyer.choose(second)
            page.locator("[data-notice]").get_by_role("button", name=TAKE_OFFERED).click()
            expect(page.locator("[data-panel] .selected-seat")).to_have_count(2)
            page.locator(".seat-panel-continue").click()
        else:
            buyer.choose(first, second)
            page.locator('form[action*="/rescue/"] button').click()
        fill_in(page)
        pay(page)

        buyer.expect_tickets(2)


@in_every_situation
def test_seats_of_an_expired_checkout_are_taken_again_in_one_tap(
    browser: Browser, short_hold_site: str, situation: Situation
) -> None:
    showtime = untouched_showtime(short_hold_site)
    with visitor(browser, situation.context) as page:
        buyer = Buyer(page, short_hold_site, showtime, situation)
        buyer.open_seats()
        [chosen] = buyer.wanted(1)
        buyer.go_to_checkout(chosen)
        wait_until(lambda: is_free(short_hold_site, showtime, chosen))
        if not situation.has_scripts:
            fill_in(page)
            page.locator("[data-pay]").click()

        page.locator("[data-same-seats] button").click()
        expect(page.locator("[data-pay]")).to_be_visible()
        assert not is_free(short_hold_site, showtime, chosen)
        if not situation.has_scripts:
            assert page.locator('[name="name"]').input_value() == "Siti Rahma"


def is_free(site: str, showtime: int, seat_id: int) -> bool:
    seats = httpx.get(f"{site}/api/v1/showtimes/{showtime}/seats").json()
    return any(seat["id"] == seat_id and seat["status"] == "available" for seat in seats)


@in_every_situation
def test_buyer_agrees_to_a_total_that_changed_during_the_checkout(
    browser: Browser, running_site: str, site_run: Run, situation: Situation
) -> None:
    showtime = untouched_showtime(running_site)
    with visitor(browser, situation.context) as page:
        buyer = Buyer(page, running_site, showtime, situation)
        buyer.open_seats()
        buyer.go_to_checkout(*buyer.wanted(1))
        fill_in(page)
        before = buyer.amount()
        raise_prices(site_run, showtime)
        page.locator("[data-pay]").click()

        expect(page.locator(".pay-amount")).not_to_have_text(before)
        after = buyer.amount()
        assert rupiah(after) - rupiah(before) == RISE_RUPIAH
        assert page.locator('[name="name"]').input_value() == "Siti Rahma"
        pay(page)
        buyer.expect_tickets(1)
        expect(page.locator("main")).to_contain_text(after)


def raise_prices(run: Run, showtime: int) -> None:
    """What a new base price of the showtime does to its unsold seats."""
    lines = (run.data / "environment").read_text().splitlines()
    database = next(line for line in lines if line.startswith("DATABASE_URL="))
    [url] = shlex.split(database.partition("=")[2])
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE seating_showtimeseat SET price_rupiah = price_rupiah + %s"
            " WHERE showtime_id = %s",
            [RISE_RUPIAH, showtime],
        )


def rupiah(shown: str) -> int:
    return int("".join(filter(str.isdigit, shown)))
