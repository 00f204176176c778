"""A price that staff change during the checkout: the buyer sees the new total and agrees."""

from __future__ import annotations

import shlex

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.visits import (
    fill_in,
    open_map,
    pay,
    seat_ids,
    take,
    untouched_showtime,
    visitor,
)
from tests.runtime.runs import Run

pytestmark = pytest.mark.browser

RISE_RUPIAH = 5_000


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


def test_buyer_agrees_to_a_total_that_changed_during_the_checkout(
    browser: Browser, running_site: str, site_run: Run
) -> None:
    showtime = untouched_showtime(running_site)
    with visitor(browser) as page:
        open_map(page, running_site, showtime)
        take(page, *seat_ids(page, 1))
        page.get_by_role("link", name="Continue").click()
        fill_in(page)
        before = page.locator(".pay-amount").inner_text()
        raise_prices(site_run, showtime)
        page.locator("[data-pay]").click()

        expect(page.get_by_text("The total is now")).to_be_visible()
        after = page.locator(".pay-amount").inner_text()
        assert rupiah(after) - rupiah(before) == RISE_RUPIAH
        assert page.get_by_label("Name", exact=True).input_value() == "Siti Rahma"
        pay(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Enjoy the film!")
        expect(page.locator("main")).to_contain_text(after)


def rupiah(shown: str) -> int:
    return int("".join(filter(str.isdigit, shown)))
