"""The dashboard in one window, the site in another: sales are shown without a reload."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.chain import PASSWORD
from ops.runner.cli import ROOT
from tests.browser.visits import (
    DESKTOP,
    PHONE,
    TRIALS_MAX,
    fill_in,
    in_time,
    open_map,
    pay,
    seat_ids,
    take,
    untouched_showtime,
    visitor,
)
from tests.runtime.runs import OWN_VARIABLES, Run

pytestmark = pytest.mark.browser

MOVES_MS = 8_000  # of each wait; the delay of a sale is measured
SALE_SECONDS = 2.0  # from the sale to the open dashboard
POLLED_MS = 15_000


def open_desk(page: Page, site: str, state: str = "live") -> None:
    """Sign in as the chain's administrator; marks the page, so that a reload is detected."""
    page.goto(f"{site}/admin/")
    page.locator("[name=login]").fill("admin@layar.example")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    expect(page.locator("[data-desk-state]")).to_have_attribute(
        "data-desk-state", state, timeout=POLLED_MS
    )
    page.evaluate("window.isTheSamePage = true")


def number(page: Page, tile: str) -> int:
    shown = page.locator(f'[data-desk-tile="{tile}"] dd > :first-child').inner_text()
    return int("".join(character for character in shown if character.isdigit()))


def expect_number(page: Page, tile: str, value: int, timeout: int = MOVES_MS) -> None:
    page.wait_for_function(
        "([tile, value]) => Number(document.querySelector("
        "`[data-desk-tile=${tile}] dd > :first-child`).innerText.replace(/[^0-9]/g, ''))"
        " === value",
        arg=[tile, value],
        timeout=timeout,
    )


def watch_number(page: Page, tile: str, value: int) -> None:
    """Makes the page record the time, in ms, at which it first shows ``value``."""
    page.evaluate(
        """([tile, value]) => {
          const shown = () => Number(document.querySelector(
            `[data-desk-tile=${tile}] dd > :first-child`).textContent.replace(/[^0-9]/g, ""));
          new MutationObserver((_changes, watch) => {
            if (shown() !== value) return;
            window.shownAt = Date.now();
            watch.disconnect();
          }).observe(document.querySelector("[data-desk]"),
            { subtree: true, childList: true, characterData: true });
        }""",
        [tile, value],
    )


def test_sale_moves_the_desk_within_two_seconds_without_a_reload(
    browser: Browser, running_site: str, site_run: Run
) -> None:
    with visitor(browser) as desk, visitor(browser) as page:
        open_desk(desk, running_site)

        def sell() -> None:
            showtime = untouched_showtime(running_site)
            sold, revenue = number(desk, "tickets_sold"), number(desk, "revenue")
            held = number(desk, "seats_held_now")
            open_map(page, running_site, showtime)

            take(page, *seat_ids(page, 2))
            expect_number(desk, "seats_held_now", held + 2)
            page.locator(".seat-panel-continue").click()
            fill_in(page)
            watch_number(desk, "tickets_sold", sold + 2)
            pay(page)

            expect_number(desk, "tickets_sold", sold + 2)
            expect_number(desk, "seats_held_now", held)
            assert number(desk, "revenue") > revenue
            assert desk.evaluate("window.isTheSamePage") is True
            shown_at = desk.evaluate("window.shownAt") / 1_000
            assert shown_at - sold_at(site_run, showtime) <= SALE_SECONDS

        in_time(sell)


def test_desk_is_polled_where_no_socket_can_be_had(browser: Browser, running_site: str) -> None:
    showtime = untouched_showtime(running_site)
    with visitor(browser) as desk, visitor(browser) as page:
        desk.route_web_socket("**/ws/desk/", lambda socket: socket.close())
        open_desk(desk, running_site, "polling")
        held = number(desk, "seats_held_now")
        open_map(page, running_site, showtime)

        take(page, *seat_ids(page, 1))

        expect_number(desk, "seats_held_now", held + 1, POLLED_MS)
        assert desk.evaluate("window.isTheSamePage") is True


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_desk_fits_the_screen(
    browser: Browser, running_site: str, device: dict[str, object]
) -> None:
    with visitor(browser, device) as desk:
        open_desk(desk, running_site)

        width = desk.evaluate("innerWidth")
        wide = desk.evaluate(
            "[...document.querySelectorAll('.dashboard, .dashboard-panel, .dashboard-tile')]"
            ".filter(part => part.getBoundingClientRect().right > innerWidth).length"
        )
        assert (desk.evaluate("document.documentElement.scrollWidth"), wide) == (width, 0)


def test_seat_is_followed_from_the_desk_and_released(browser: Browser, running_site: str) -> None:
    """From the dashboard to a showtime: a held seat is visible, and staff release it."""
    showtime = untouched_showtime(running_site)
    with visitor(browser) as office, visitor(browser) as page:
        open_desk(office, running_site)
        office.goto(f"{running_site}/admin/desk/showtimes/{showtime}/")
        expect(office.locator("[data-hall-state]")).to_have_attribute(
            "data-hall-state", "live", timeout=POLLED_MS
        )
        open_map(page, running_site, showtime)
        [seat] = seat_ids(page, 1)
        take(page, seat)

        shown = office.locator(f'[data-seat="{seat}"]')
        expect(shown).to_have_class(re.compile("is-held"), timeout=MOVES_MS)
        shown.click(force=True)
        story = office.locator("[data-hall-story]")
        story.locator("form[action$='/release/'] button").click()

        expect(shown).to_have_class(re.compile("is-available"), timeout=MOVES_MS)
        expect(office.locator('[data-hall-count="held"]')).to_have_text("0", timeout=MOVES_MS)


def test_incident_moves_the_desk_and_its_button_is_pressed(
    browser: Browser, running_site: str, site_run: Run
) -> None:
    with visitor(browser) as office:
        open_desk(office, running_site)
        open_now = number(office, "incidents")
        record_incident(site_run)
        expect_number(office, "incidents", open_now + 1)
        button = office.get_by_role("button", name="Check again")
        for _trial in range(TRIALS_MAX):
            office.goto(f"{running_site}/admin/reports/incident/?kind=held_seat_of_ended_hold")
            office.locator("a[href*='/change/']").first.click()
            office.wait_for_url("**/change/**")
            if button.count():
                break
            record_incident(site_run)  # the check of each minute came first

        button.click()

        expect(office.locator(".incident-log .is-good")).to_have_text("done", timeout=POLLED_MS)
        expect(office.locator(".incident.is-recovered")).to_be_visible()


def sold_at(run: Run, showtime: int) -> float:
    """Time of the sale by the site's clock, which is this machine's: before the commit."""
    words = (
        "from bookings.models import Booking;"
        f"sale = Booking.objects.filter(showtime={showtime}, status='confirmed').get();"
        "print('sold at', sale.confirmed_at.timestamp())"
    )
    return float(in_shell(run, words).rsplit("sold at ", 1)[1])


def record_incident(run: Run) -> None:
    """A false incident, which the next check marks as healed."""
    in_shell(
        run,
        "from django.utils import timezone; from reports.monitoring import incidents;"
        "incidents.record('held_seat_of_ended_hold', 'held_seat_of_ended_hold:0',"
        " 'A seat was left held.', {}, None, timezone.now())",
    )


def in_shell(run: Run, words: str) -> str:
    inherited = {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", words],
        cwd=ROOT,
        env=inherited | {"LAYAR_DATA": str(run.data)},
        check=True,
        timeout=60,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout
