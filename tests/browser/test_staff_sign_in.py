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

from tests.browser.visits import visitor
from tests.runtime.runs import Run

pytestmark = pytest.mark.browser

OFFICE = re.compile(r"^[^?]+/admin/$")  # not a page that redirects to it
RECOVERY_CODES = re.compile(r"^[^?]+/recovery-codes/$")
CHOSEN_PASSWORD = "kursi tengah baris G"
ARRIVAL_MS = 60_000  # time to create, verify and store a passkey or code
# A virtual authenticator with user verification, which succeeds at once.
PLATFORM_AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def site(strict_run: Run) -> str:
    return strict_run.url


@contextmanager
def invited_staff(browser: Browser, run: Run, name: str) -> Iterator[Page]:
    """Staff who opened the invitation that the run printed and chose a password."""
    link = re.search(rf"{name}@layar\.example  \S+(/accounts/invitation/\S+)", run.output)
    assert link is not None
    with visitor(browser) as page:
        page.context.set_extra_http_headers({"Accept-Language": "en"})
        page.goto(f"{run.url}/en{link[1]}")
        page.get_by_label("Password").fill(CHOSEN_PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/2fa/**")
        yield page


def forget(page: Page) -> None:
    page.goto("about:blank")  # a dashboard without cookies redirects to the sign-in
    page.context.clear_cookies()


def give_password(page: Page, site: str, name: str) -> None:
    """Sign in with the password, up to the next step that the site requires."""
    forget(page)
    page.context.set_extra_http_headers({"Accept-Language": "en"})
    page.goto(f"{site}/admin/")
    page.get_by_label("Email").fill(f"{name}@layar.example")
    page.get_by_label("Password", exact=True).fill(CHOSEN_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/2fa/**")


def code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def give_code(page: Page, given: str) -> None:
    page.locator("[name=code]").fill(given)
    page.keyboard.press("Enter")


def desk_opens(page: Page, site: str, feed: str) -> bool:
    """Whether the dashboard's feed accepts the signed-in user."""
    cookies = "; ".join(f"{kept['name']}={kept['value']}" for kept in page.context.cookies())
    try:
        with connect(feed, origin=Origin(site), additional_headers={"Cookie": cookies}):
            return True
    except InvalidStatus as refusal:
        return refusal.response.status_code != 403


def test_authenticator_app_is_set_up_and_required(
    browser: Browser, strict_run: Run, site: str
) -> None:
    with invited_staff(browser, strict_run, "jakarta") as page:
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


def test_passkey_is_set_up_and_signs_in_alone(browser: Browser, strict_run: Run, site: str) -> None:
    with (
        invited_staff(browser, strict_run, "makassar") as page,
        visitor(browser) as elsewhere,
    ):
        give_password(elsewhere, site, "makassar")
        expect(elsewhere.get_by_text("You need an invitation link")).to_be_visible()
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
        assert sent.count("POST") == 1  # the form is submitted once, when there is a passkey
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


def test_missing_passkey_shows_a_message(browser: Browser, site: str) -> None:
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
