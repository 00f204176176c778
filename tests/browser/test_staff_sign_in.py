"""Staff set up a second factor and sign in with it: an app's code, a recovery code, a passkey."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, Page, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from demo.chain import PASSWORD
from tests.browser.visits import visitor
from tests.runtime.runs import running

pytestmark = pytest.mark.browser

OFFICE = re.compile(r"^[^?]+/admin/$")  # not a page that leads on to it
RECOVERY_CODES = re.compile(r"^[^?]+/recovery-codes/$")
ARRIVAL_MS = 20_000  # a passkey or code is made, checked and kept meanwhile
# A phone or laptop that knows its owner by a finger, which is given at once.
PLATFORM_AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The demo as it is with staff's second factors, which `bin/run` leaves out of it."""
    with running(environment={"STAFF_MFA_REQUIRED": "true"}) as run:
        yield run.url


@contextmanager
def member_of_staff(browser: Browser, site: str, name: str) -> Iterator[Page]:
    with visitor(browser) as page:
        give_password(page, site, name)
        yield page


def forget(page: Page) -> None:
    page.goto("about:blank")  # a desk that loses its cookies goes to the sign-in by itself
    page.context.clear_cookies()


def give_password(page: Page, site: str, name: str) -> None:
    """From the office's door to whatever the site asks for next."""
    forget(page)
    page.context.set_extra_http_headers({"Accept-Language": "en"})
    page.goto(f"{site}/admin/")
    page.get_by_label("Email").fill(f"{name}@layar.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/2fa/**")


def code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def give_code(page: Page, given: str) -> None:
    page.locator("[name=code]").fill(given)
    page.keyboard.press("Enter")


def desk_opens(page: Page, site: str, feed: str) -> bool:
    """Whether the desk's feed takes whoever is signed in there."""
    cookies = "; ".join(f"{kept['name']}={kept['value']}" for kept in page.context.cookies())
    try:
        with connect(feed, origin=Origin(site), additional_headers={"Cookie": cookies}):
            return True
    except InvalidStatus as refusal:
        return refusal.response.status_code != 403


def test_app_is_set_up_and_asked_for(browser: Browser, site: str) -> None:
    with member_of_staff(browser, site, "jakarta") as page:
        expect(page.get_by_text("Set up one of these to work here")).to_be_visible()
        page.get_by_role("link", name="Set up an authenticator app").click()
        secret = page.locator(".scan-key code").inner_text()
        give_code(page, "000000")
        expect(page.get_by_text("Incorrect code.")).to_be_visible()
        give_code(page, code(secret))
        expect(page).to_have_url(RECOVERY_CODES, timeout=ARRIVAL_MS)
        codes = page.locator("[data-codes] code").all_inner_texts()
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save as a file").click()
        page.reload()
        assert (len(codes), page.locator("[data-codes]").count()) == (10, 0)
        assert saved.value.path().read_text().split() == codes
        page.get_by_role("link", name="Go on to the managers' office").click()
        expect(page).to_have_url(OFFICE, timeout=ARRIVAL_MS)

        give_password(page, site, "jakarta")
        expect(page.get_by_role("button", name="Use a passkey")).to_have_count(0)
        give_code(page, "000000")
        expect(page.get_by_text("Incorrect code.")).to_be_visible()
        give_code(page, codes[0])
        expect(page).to_have_url(OFFICE, timeout=ARRIVAL_MS)


def test_passkey_is_set_up_and_signs_in_alone(browser: Browser, site: str) -> None:
    with (
        member_of_staff(browser, site, "makassar") as elsewhere,
        member_of_staff(browser, site, "makassar") as page,
    ):
        devices = page.context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        devices.send("WebAuthn.addVirtualAuthenticator", {"options": PLATFORM_AUTHENTICATOR})
        page.get_by_role("link", name="Set up a passkey").click()
        page.wait_for_url("**/webauthn/add/")
        page.wait_for_load_state("networkidle")  # with its scripts
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.method))
        page.get_by_label("Name").fill("Laptop")
        page.keyboard.press("Enter")
        expect(page).to_have_url(RECOVERY_CODES, timeout=ARRIVAL_MS)
        assert sent.count("POST") == 1  # the form goes off once, when there is a passkey
        page.get_by_role("link", name="Go on to the managers' office").click()
        feed = page.locator("[data-feed-url]").get_attribute("data-feed-url") or ""
        assert (desk_opens(page, site, feed), desk_opens(elsewhere, site, feed)) == (True, False)

        give_password(page, site, "makassar")
        page.get_by_role("button", name="Use a passkey").click()
        expect(page).to_have_url(OFFICE, timeout=ARRIVAL_MS)

        forget(page)
        page.goto(f"{site}/admin/")
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page).to_have_url(OFFICE, timeout=ARRIVAL_MS)


def test_passkey_that_does_not_come_is_told_of(browser: Browser, site: str) -> None:
    with visitor(browser) as page:
        devices = page.context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        options = PLATFORM_AUTHENTICATOR | {"isUserVerified": False}
        devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        page.goto(f"{site}/en/accounts/login/")
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_role("alert")).to_have_text(
            "No passkey came. Try again, or go another way."
        )
