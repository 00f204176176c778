"""Tickets on a phone: shown full screen, shared one by one, and without a network."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visits import (
    PATIENCE_MS,
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

STORED = """async () => {
  const cache = await caches.open("layar-tickets-1");
  return (await cache.keys()).length;
}"""
SEATS = 2
WAKE_LOCK = """
  globalThis.wakeLockCalls = [];
  const note = (call) => globalThis.wakeLockCalls.push(call);
  const request = async (kind) => {
    note(`request ${kind}`);
    return { release: async () => note("release") };
  };
  Object.defineProperty(navigator, "wakeLock", { value: { request } });
"""


def buy(page: Page, site: str) -> None:
    open_map(page, site, untouched_showtime(site))
    take(page, *seat_ids(page, SEATS))
    page.locator(".seat-panel-continue").click()
    fill_in(page)
    pay(page)
    expect(page.locator(".ticket-qr")).to_have_count(SEATS)


def test_ticket_is_shown_full_screen_shared_and_opened_offline(
    browser: Browser, running_site: str
) -> None:
    with visitor(browser, PHONE) as page, visitor(browser, PHONE) as friend:
        page.add_init_script(f"{{{WAKE_LOCK}}}")
        buy(page, running_site)
        page.locator("[data-qr-open]").first.click()
        screen = page.locator("[data-qr-screen]")
        expect(screen.locator("img")).to_be_in_viewport()
        background = screen.evaluate("screen => getComputedStyle(screen).backgroundColor")
        # The browser releases the lock of a hidden page, which is now shown again.
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.get_by_role("button", name="Close").click()
        expect(screen).to_be_hidden()
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        screen_kept_on = page.evaluate("globalThis.wakeLockCalls")

        friend.goto(running_site + (page.locator("[data-share]").first.get_attribute("href") or ""))
        expect(friend.locator(".ticket-qr")).to_have_count(1)
        expect(friend.locator("form[action*=cancel]")).to_have_count(0)

        page.wait_for_function(f"async () => await ({STORED})() > {SEATS}", timeout=PATIENCE_MS)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.context.set_offline(True)
        page.reload()
        expect(page.locator(".ticket-qr")).to_have_count(SEATS)
        assert page.locator(".ticket-qr").first.evaluate("image => image.naturalWidth > 0")
        page.context.set_offline(False)

    assert background == "rgb(255, 255, 255)"
    assert screen_kept_on == ["request screen", "request screen", "release"]


def test_refund_total_follows_the_ticked_tickets(browser: Browser, running_site: str) -> None:
    with visitor(browser) as page:
        buy(page, running_site)
        page.locator(".cancel summary").click()
        form = page.locator("[data-refunds]")
        total, button = form.locator("[data-refund-total]"), form.locator("[type=submit]")
        boxes = form.locator("[data-refund]")
        refunds = [int(boxes.nth(i).get_attribute("data-refund") or 0) for i in range(SEATS)]

        expect(total).to_have_text(f"Rp{sum(refunds):,}")
        boxes.nth(0).uncheck()
        expect(total).to_have_text(f"Rp{refunds[1]:,}")
        boxes.nth(1).uncheck()
        expect(total).to_have_text("Rp0")
        expect(button).to_be_disabled()
        boxes.nth(0).check()
        expect(total).to_have_text(f"Rp{refunds[0]:,}")
        expect(button).to_be_enabled()
