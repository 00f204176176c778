"""An usher's phone in a separate process, whose camera shows one ticket repeatedly.

``python -m tests.browser.door SITE CHROMIUM FILM EMAIL PASSWORD CODE NEXT`` prints, as JSON, the
page's result for the camera, for the same code typed by hand, and for two codes typed while the
network is slow, and any errors.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from playwright.sync_api import Page, Route, sync_playwright

from tests.browser.chromium import launch_arguments
from tests.browser.visits import PATIENCE_MS, PHONE

CHECK_IN = "**/office/check-in/*"
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
DEVICE: dict[str, Any] = {**PHONE, "permissions": ["camera"]}
LOSE_THE_CAMERA = """() => document.querySelector("[data-video]").srcObject
  .getVideoTracks()[0].dispatchEvent(new Event("ended"))"""
# What an usher feels, with the sound of the same outcome.
RECORD_VIBRATION = "window.felt = []; navigator.vibrate = (pattern) => window.felt.push(pattern);"
STILL_THERE_MS = 1_500  # the ticket stays in front of the camera


def main(
    site: str, chromium: str, film: str, email: str, password: str, code: str, next_code: str
) -> None:
    arguments = [*launch_arguments(), *CAMERA, f"--use-file-for-fake-video-capture={film}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_context(**DEVICE).new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.add_init_script(RECORD_VIBRATION)
        page.goto(f"{site}/en/accounts/login/?next=/en/office/check-in/")
        page.fill("[name=login]", email)
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.click("[data-start]")
        seen = answer(page, "in", "refused")
        page.wait_for_timeout(STILL_THERE_MS)
        later = answer(page, "in", "refused")
        enter(page, code)
        typed = answer(page, "refused")
        hurried = enter_while_checking(page, next_code, code)
        page.evaluate(LOSE_THE_CAMERA)
        page.locator("[data-start]").wait_for(timeout=PATIENCE_MS)
        page.click("[data-start]")
        page.locator("[data-video]").wait_for(timeout=PATIENCE_MS)
        width = page.evaluate("document.documentElement.scrollWidth")
        browser.close()
    report = {"seen": seen, "later": later, "typed": typed, "hurried": hurried, "faults": faults}
    print(json.dumps(report | {"is_within_the_screen": width <= DEVICE["viewport"]["width"]}))


def enter(page: Page, code: str) -> None:
    page.fill("#door-code", code)
    page.press("#door-code", "Enter")


def enter_while_checking(page: Page, first: str, second: str) -> list[Any]:
    """What the page shows while the server has not answered the first, and after both."""
    held: list[Route] = []
    page.route(CHECK_IN, lambda route: route.continue_() if held else held.append(route))
    enter(page, first)
    enter(page, second)
    waiting = page.locator("[data-waiting]").inner_text()
    felt = page.evaluate("window.felt.at(-1)")
    held[0].continue_()
    page.locator("[data-waiting]").wait_for(state="hidden", timeout=PATIENCE_MS)
    page.locator("[data-door]:not([data-busy])").wait_for(timeout=PATIENCE_MS)
    return [waiting, felt, answer(page, "refused")]


def answer(page: Page, *outcomes: str) -> list[str]:
    """The outcome and the count that the page shows, once it shows one of ``outcomes``."""
    shown = page.locator(", ".join(f"[data-answer][data-outcome={word}]" for word in outcomes))
    shown.wait_for(timeout=PATIENCE_MS)
    return [
        str(shown.get_attribute("data-outcome")),
        " ".join(page.locator("[data-count]").inner_text().split()),
    ]


if __name__ == "__main__":
    main(*sys.argv[1:])
