"""An usher's phone in a separate process, whose camera shows one ticket repeatedly.

``python -m tests.browser.door SITE CHROMIUM FILM EMAIL PASSWORD CODE`` prints, as JSON, the page's
result for the camera and for the same code typed by hand, and any errors.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import launch_arguments
from tests.browser.visits import PATIENCE_MS, PHONE

CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
DEVICE: dict[str, Any] = {**PHONE, "permissions": ["camera"]}
LOSE_THE_CAMERA = """() => document.querySelector("[data-video]").srcObject
  .getVideoTracks()[0].dispatchEvent(new Event("ended"))"""
STILL_THERE_MS = 1_500  # the ticket stays in front of the camera


def main(site: str, chromium: str, film: str, email: str, password: str, code: str) -> None:
    arguments = [*launch_arguments(), *CAMERA, f"--use-file-for-fake-video-capture={film}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_context(**DEVICE).new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{site}/en/accounts/login/?next=/en/office/check-in/")
        page.fill("[name=login]", email)
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.click("[data-start]")
        seen = answer(page, "in", "refused")
        page.wait_for_timeout(STILL_THERE_MS)
        later = answer(page, "in", "refused")
        page.fill("#door-code", code)
        page.press("#door-code", "Enter")
        typed = answer(page, "refused")
        page.evaluate(LOSE_THE_CAMERA)
        page.locator("[data-start]").wait_for(timeout=PATIENCE_MS)
        page.click("[data-start]")
        page.locator("[data-video]").wait_for(timeout=PATIENCE_MS)
        width = page.evaluate("document.documentElement.scrollWidth")
        browser.close()
    print(json.dumps({"seen": seen, "later": later, "typed": typed, "faults": faults,
                      "is_within_the_screen": width <= DEVICE["viewport"]["width"]}))  # fmt: skip


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
