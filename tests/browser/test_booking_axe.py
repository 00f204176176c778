"""What a machine can find of the barriers in the pages of a booking: none.

axe-core 4.11.0 (Mozilla Public License 2.0, see axe/LICENSE.txt) is used as it was published.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visits import (
    DESKTOP,
    PHONE,
    fill_in,
    open_map,
    pay,
    seat_ids,
    take,
    untouched_showtime,
    visitor,
)

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "axe" / "axe.min.js"


def barriers(page: Page) -> list[str]:
    """The rules that the page breaks, each with the first element that does."""
    # Our policy keeps foreign scripts out; the visitor's browser was told to let this one in.
    page.add_script_tag(path=AXE)
    found: list[str] = page.evaluate(
        """async () => (await axe.run()).violations.map(
             rule => `${rule.id}: ${rule.nodes[0].html.slice(0, 200)}`)"""
    )
    return found


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_page_of_a_booking_has_barriers(
    browser: Browser, running_site: str, device: dict[str, Any]
) -> None:
    showtime = untouched_showtime(running_site)
    found: dict[str, list[str]] = {}
    with visitor(browser, {**device, "bypass_csp": True}) as page:
        open_map(page, running_site, showtime)
        found["seat map"] = barriers(page)
        take(page, *seat_ids(page, 2))
        found["seats held"] = barriers(page)
        page.goto(f"{running_site}/en/showtimes/{showtime}/?view=list")
        found["seat list"] = barriers(page)
        page.goto(f"{running_site}/en/showtimes/{showtime}/checkout/")
        found["checkout"] = barriers(page)
        page.locator("[data-pay]").click()
        expect(page.get_by_text("Please tell us your name.")).to_be_visible()
        found["checkout with errors"] = barriers(page)
        fill_in(page)
        pay(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Enjoy the film!")
        found["tickets"] = barriers(page)
        page.goto(f"{running_site}/en/bookings/")
        found["my bookings"] = barriers(page)

    assert {name: rules for name, rules in found.items() if rules} == {}
