"""Situations of a buyer, and the steps of a purchase that each of them can take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.visits import DESKTOP, PHONE, open_map, seat, take

DEVICES: dict[str, dict[str, Any]] = {"desktop": DESKTOP, "phone": PHONE}


@dataclass(frozen=True)
class Situation:
    """``language``: the prefix of its URLs."""

    device: str
    language: str
    has_scripts: bool

    @property
    def name(self) -> str:
        language = "english" if self.language else "indonesian"
        return f"{self.device}-{language}-{'scripts' if self.has_scripts else 'no scripts'}"

    @property
    def context(self) -> dict[str, Any]:
        return DEVICES[self.device] | {"java_script_enabled": self.has_scripts}


# Each pair of device, language and scripts occurs once; the others run with -m exhaustive.
USUAL = (
    Situation("phone", "", True),
    Situation("phone", "/en", False),
    Situation("desktop", "", False),
    Situation("desktop", "/en", True),
)
OTHERS = (
    Situation("phone", "/en", True),
    Situation("phone", "", False),
    Situation("desktop", "/en", False),
    Situation("desktop", "", True),
)
in_every_situation = pytest.mark.parametrize(
    "situation",
    [
        *(pytest.param(each, id=each.name) for each in USUAL),
        *(pytest.param(each, id=each.name, marks=pytest.mark.exhaustive) for each in OTHERS),
    ],
)


@dataclass(frozen=True)
class Buyer:
    page: Page
    site: str
    showtime: int
    situation: Situation

    @property
    def address(self) -> str:
        return f"{self.site}{self.situation.language}/showtimes/{self.showtime}/"

    def open_seats(self) -> None:
        """The map, or the list of seats without scripts."""
        if self.situation.has_scripts:
            open_map(self.page, self.site, self.showtime, self.situation.language)
        else:
            self.page.goto(f"{self.address}?view=list")

    def wanted(self, count: int) -> list[int]:
        """The first free seats of the usual kind, side by side."""
        seats = httpx.get(f"{self.site}/api/v1/showtimes/{self.showtime}/seats").json()
        usual = [each["id"] for each in seats if each["category"] == "regular"]
        return usual[:count]

    def choose(self, *seats: int) -> None:
        """Tap these seats; without scripts tick and send them."""
        if self.situation.has_scripts:
            for each in seats:
                seat(self.page, each).click()
            return
        for each in seats:
            self.page.locator(f'input[name="seats"][value="{each}"]').check(force=True)
        self.page.locator(".seat-list .action-bar button").click()

    def go_to_checkout(self, *seats: int) -> None:
        if self.situation.has_scripts:
            take(self.page, *seats)
            self.page.locator(".seat-panel-continue").click()
        else:
            self.choose(*seats)
        expect(self.page.locator("[data-pay]")).to_be_visible()

    def amount(self) -> str:
        return self.page.locator(".pay-amount").inner_text()

    def expect_tickets(self, count: int) -> None:
        expect(self.page.locator(".ticket-qr")).to_have_count(count)
        language = "en" if self.situation.language else "id"
        expect(self.page.locator("html")).to_have_attribute("lang", language)
