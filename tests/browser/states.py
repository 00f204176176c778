"""Every page and state that a customer can reach, one after the other in one browser window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from demo import chain
from tests.browser.visits import fill_in, free_seats, open_map, take, untouched_showtime
from tests.browser.waiting_rooms import make_room

CATALOGUE = {
    "home": ("/", ".hero .button-primary"),
    "films": ("/films/", ".film-card a"),
    "search without result": ("/films/?q=zzzzzz", ".empty .button-primary"),
    "film": ("/films/sintel/", "main a.showtime, main .chip, main .button"),
    "cinemas": ("/cinemas/", ".cinema-card h2 a"),
    "cinema": ("/cinemas/layar-menteng/", ".date-strip a"),
    "schedule": ("/schedule/", ".date-strip a"),
    "page not found": ("/no-such-page/", "main a"),
}
SIGNED_OUT = {
    "sign in": ("/accounts/login/", "main [type=submit]"),
    "help": ("/info/help/", ".site-footer a"),
    "sign up": ("/accounts/signup/", "main [type=submit]"),
    "password reset": ("/accounts/password/reset/", "main [type=submit]"),
    "no bookings": ("/bookings/", "main a"),
    "find tickets": ("/bookings/find/", "main [type=submit]"),
}
SIGNED_IN = {
    "profile": ("/accounts/profile/", "main [type=submit]"),
    "my bookings": ("/bookings/", "main a"),
    "email address": ("/accounts/email/", "main [type=submit]"),
    "password": ("/accounts/password/change/", "main [type=submit]"),
    "two factors": ("/accounts/2fa/", "main a, main button"),
    "delete account": ("/accounts/profile/delete/", "main [type=submit], main a"),
    "sign out": ("/accounts/logout/", "main [type=submit]"),
}
SEATS_CHOSEN = (1, 4, 8)
# Routes whose pages are visited below, and the others with the reason why they are not.
COVERED_ROUTES = {
    "account_change_password",
    "account_email",
    "account_login",
    "account_logout",
    "account_reset_password",
    "account_signup",
    "accounts:delete",
    "accounts:page",
    "accounts:profile",
    "bookings:checkout",
    "bookings:correct_address",
    "bookings:detail",
    "bookings:find",
    "bookings:mine",
    "bookings:shared_ticket",
    "bookings:waitlist_entry",
    "bookings:waitlist_join",
    "mfa_index",
    "movies:cinema",
    "movies:cinemas",
    "movies:film",
    "movies:films",
    "movies:home",
    "movies:schedule",
    "seating:groups",
    "seating:seat_map",
    "seating:waiting_draw",
    "seating:waiting_room",
}
NOT_PAGES = {
    "accounts:invitation_link",
    "accounts:my_data",
    "bookings:abandon",
    "bookings:calendar",
    "bookings:cancel",
    "bookings:change_seats",
    "bookings:guest_link",
    "bookings:join",
    "bookings:pay",
    "bookings:resend",
    "bookings:tickets_pdf",
    "bookings:waitlist_accept",
    "bookings:waitlist_confirm",
    "bookings:waitlist_decline",
    "bookings:waitlist_leave",
    "bookings:waitlist_link",
    "manifest",
    "mfa_download_recovery_codes",
    "mfa_login_webauthn",
    "movies:cinema_calendar",
    "movies:film_image",
    "seating:best_seats",
    "seating:change",
    "seating:choose",
    "seating:extend",
    "seating:hold",
    "seating:release",
    "seating:rescue",
    "seating:statuses",
    "seating:wait",
    "seating:waiting_enter",
    "seating:waiting_join",
    "seating:waiting_leave",
    "seating:waiting_order",
    "seating:waiting_place",
}
NEED_ANOTHER_VISITOR = {
    "account_confirm_email": "a link from an email",
    "account_confirm_login_code": "a code from an email",
    "account_email_verification_sent": "right after signing up",
    "account_inactive": "a disabled account",
    "account_reauthenticate": "a sign-in that is not recent",
    "account_reset_password_done": "right after asking for a link",
    "account_reset_password_from_key": "a link from an email",
    "account_reset_password_from_key_done": "right after setting a password",
    "account_set_password": "an account without a password",
    "accounts:activate_totp": "an account that sets up a second factor",
    "accounts:add_webauthn": "an account that sets up a passkey",
    "accounts:closed": "a closed account",
    "accounts:invitation": "invited staff",
    "accounts:signed_out": "right after signing out",
    "bookings:check_in": "staff; see test_door.py",
    "bookings:payment_return": "an unsettled payment",
    "mfa_activate_totp": "an account that sets up a second factor",
    "mfa_add_webauthn": "an account that sets up a passkey",
    "mfa_authenticate": "an account with a second factor",
    "mfa_deactivate_totp": "an account with a second factor",
    "mfa_edit_webauthn": "an account with a passkey",
    "mfa_generate_recovery_codes": "an account with a second factor",
    "mfa_list_webauthn": "an account with a passkey",
    "mfa_reauthenticate": "an account with a second factor",
    "mfa_reauthenticate_webauthn": "an account with a passkey",
    "mfa_remove_webauthn": "an account with a passkey",
    "mfa_view_recovery_codes": "an account with a second factor",
}
EXEMPT_ROUTES = NOT_PAGES | NEED_ANOTHER_VISITOR.keys()


@dataclass(frozen=True)
class State:
    """A page in its present state, and its control for the next step.

    ``is_pinned``: that control is on the screen without scrolling. ``is_longer``: the page differs
    from an earlier state only in the number of its rows, which adds no barriers.
    """

    name: str
    next_step: str
    is_pinned: bool = False
    is_longer: bool = False


def catalogue(page: Page, site: str, language: str) -> Iterator[State]:
    yield from _open(page, site + language, CATALOGUE)


def account(page: Page, site: str, language: str) -> Iterator[State]:
    yield from _open(page, site + language, SIGNED_OUT)
    page.goto(f"{site}{language}/accounts/login/")
    page.locator("[name=login]").fill(chain.CUSTOMERS[0].email)
    page.locator("[name=password]").fill(chain.PASSWORD)
    page.locator("main form [type=submit]").first.click()
    page.wait_for_url(lambda url: "/login/" not in url)
    yield from _open(page, site + language, SIGNED_IN)
    page.locator("main [type=submit]").last.click()


def booking(page: Page, site: str, language: str) -> Iterator[State]:
    """From an empty map to the tickets."""
    showtime = untouched_showtime(site, "large")
    address = f"{site}{language}/showtimes/{showtime}/"
    page.goto(f"{address}?view=list")
    yield State("seat list", ".seat-list .action-bar button", is_pinned=True)
    page.goto(f"{address}groups/?people=2&section=1&row=B")
    yield State("step by step", "form button.seat-groups-choice")
    open_map(page, site, showtime, language)
    yield State("map, no seat", '[data-status="available"] .seat__touch')
    for count in SEATS_CHOSEN:
        chosen = page.locator('[data-seat][data-status="mine"]').count()
        ids = [
            int(free_seats(page).nth(index).get_attribute("data-seat") or 0)
            for index in range(count - chosen)
        ]
        take(page, *ids)
        yield State(
            f"map, {count} seats", ".seat-panel-continue", is_pinned=True, is_longer=count > 1
        )
    page.goto(f"{address}?view=list")
    yield State("seat list, 8 seats", ".seat-panel-continue", is_pinned=True)
    page.goto(f"{address}checkout/")
    yield State("checkout", "[data-pay]", is_pinned=True)
    page.locator("[data-pay]").click()
    expect(page.locator("[data-invalid]").first).to_be_visible()
    yield State("checkout with errors", "[data-pay]", is_pinned=True)
    fill_in(page)
    page.locator("[data-pay]").click()
    page.wait_for_url("**/sandbox/pay/**")
    bank = page.url
    page.goto(address)
    yield State("map, waiting for payment", ".seat-panel-continue", is_pinned=True)
    page.goto(f"{address}checkout/")
    expect(page.locator("[data-order-clock]")).to_be_visible()
    yield State("booking, waiting for payment", ".pay-again button")
    page.goto(bank)
    page.locator('button[value="pay"]').click()
    yield from _paid(page, site, address)


def _paid(page: Page, site: str, address: str) -> Iterator[State]:
    """Pages around a booking whose tickets are shown; ``address``: of its seat map."""
    expect(page.locator(".ticket-qr").first).to_be_visible()
    yield State("tickets", ".ticket-qr")
    shared = site + (page.locator("[data-share]").first.get_attribute("href") or "")
    page.goto(page.url.partition("?")[0] + "address/")
    yield State("correct the address", "main [type=submit]")
    page.goto(address)
    yield State("map, paid", "[data-paid] a")
    page.goto(shared)
    yield State("shared ticket", ".ticket-qr")


def waitlist(page: Page, site: str, language: str) -> Iterator[State]:
    """Waiting for seats that cost less than any."""
    page.goto(f"{site}{language}/showtimes/{untouched_showtime(site, 'large')}/waitlist/")
    yield State("join a waitlist", "main [type=submit]")
    page.locator("[name=email]").fill("siti@example.com")
    page.locator("[name=price_max]").fill("1")
    page.locator("main [type=submit]").last.click()
    page.wait_for_url("**/waitlist/*-*/")
    yield State("waitlist entry", "main [type=submit]")


def waiting_room(page: Page, site: str, language: str) -> Iterator[State]:
    """Before the opening of one waiting room, and called in another."""
    showtime = untouched_showtime(site, "large")
    room = make_room(page, site, showtime, has_opening=True)
    page.goto(f"{site}{language}/showtimes/{showtime}/")
    page.wait_for_url(f"**/waiting-rooms/{room}/**")
    yield State("waiting room", "main [type=submit]")
    page.locator("main [type=submit]").click()
    expect(page.locator("[data-place] .waiting-number")).to_be_visible()
    yield State("waiting room, before the opening", "main [type=submit]")
    page.goto(f"{site}{language}/waiting-rooms/{room}/draw/")
    yield State("draw of a waiting room", "main a")
    showtime = untouched_showtime(site, "large")
    room = make_room(page, site, showtime, has_opening=False)
    page.goto(f"{site}{language}/waiting-rooms/{room}/")
    page.locator("main [type=submit]").click()
    expect(page.locator("[data-place] .notice-good")).to_be_visible()
    yield State("waiting room, called", "main [type=submit]")
    page.locator("main [type=submit]").click()
    page.wait_for_url(f"**/showtimes/{showtime}/")


def every_state(page: Page, site: str, language: str) -> Iterator[State]:
    yield from catalogue(page, site, language)
    yield from waitlist(page, site, language)
    yield from waiting_room(page, site, language)
    yield from booking(page, site, language)
    yield from account(page, site, language)


def _open(page: Page, site: str, pages: dict[str, tuple[str, str]]) -> Iterator[State]:
    for name, (path, next_step) in pages.items():
        page.goto(site + path)
        yield State(name, next_step)
