"""A waiting room that staff make in the office, and its pages for a visitor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page

from demo import chain

AHEAD = timedelta(hours=20)
CHOOSE_SHOWTIME = """(select, id) => {
  select.append(new Option(id, id, true, true));
}"""


def make_room(
    page: Page, site: str, showtime_id: int, *, has_opening: bool, per_minute_max: int = 120
) -> int:
    """Switch a waiting room on for a showtime, signed in as staff in a window of its own."""
    browser = page.context.browser
    assert browser is not None
    with browser.new_context(locale="en") as context:
        office = context.new_page()
        office.goto(f"{site}/en/accounts/login/?next=/admin/seating/waitingroom/add/")
        office.locator("[name=login]").fill("admin@layar.example")
        office.locator("[name=password]").fill(chain.PASSWORD)
        office.locator("main form [type=submit]").first.click()
        office.wait_for_url("**/waitingroom/add/")
        office.locator("[name=showtime]").evaluate(CHOOSE_SHOWTIME, str(showtime_id))
        office.locator("[name=control]").select_option("on")
        office.locator("[name=per_minute_max]").fill(str(per_minute_max))
        if has_opening:
            opening = datetime.now(UTC) + AHEAD
            office.locator("[name=opens_at_0]").fill(f"{opening:%Y-%m-%d}")
            office.locator("[name=opens_at_1]").fill(f"{opening:%H:%M}")
        office.locator("[name=_continue]").click()
        office.wait_for_url("**/waitingroom/*/change/")
        return int(office.url.rstrip("/").split("/")[-2])
