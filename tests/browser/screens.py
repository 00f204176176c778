"""Checks that a page fits every size of screen and that its next step can be pressed."""

from __future__ import annotations

from functools import partial
from typing import Any

from playwright.sync_api import Page

from tests.browser.states import State
from tests.browser.visits import what_stays

SCREENS = {
    "320": (320, 640),
    "344": (344, 882),
    "360": (360, 640),
    "375": (375, 667),
    "390": (390, 844),
    "768": (768, 1024),
    "1366x768": (1366, 768),
    "740x360": (740, 360),
    "1280x1024 at 400 %": (320, 256),
}
# Waits for the layout of a new size, then reports its faults.
FAULTS = """async ({ nextStep, isPinned }) => {
  const drawn = () => new Promise((go) => requestAnimationFrame(() => setTimeout(go)));
  await drawn();
  const faults = [];
  const excess = document.documentElement.scrollWidth - innerWidth;
  if (excess > 0) faults.push(`${excess} px wider than the screen`);
  const element = [...document.querySelectorAll(nextStep)].find((one) => one.checkVisibility());
  if (!element) return [...faults, `no ${nextStep}`];
  if (!isPinned) element.scrollIntoView({ block: "center", inline: "nearest" });
  const box = element.getBoundingClientRect();
  const isInside =
    box.left >= -1 && box.right <= innerWidth + 1 && box.top >= -1 && box.bottom <= innerHeight + 1;
  if (isPinned && !isInside) {
    faults.push(`next step is out of the screen: ${JSON.stringify(box)}`);
  }
  const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  const control = (one) => one.closest("[data-seat], a, button, label") ?? one;
  if (!hit || !(element.contains(hit) || control(hit) === control(element))) {
    faults.push(`next step is covered by ${hit?.outerHTML.slice(0, 90)}`);
  }
  if (!isPinned) scrollTo(0, 0);
  return faults;
}"""


def screen_faults(page: Page, state: State) -> dict[str, Any]:
    """The faults of each screen that has some; leaves the page at the last screen's size."""
    found = {}
    for screen, (width, height) in SCREENS.items():
        page.set_viewport_size({"width": width, "height": height})
        asked = {"nextStep": state.next_step, "isPinned": state.is_pinned}
        if faults := what_stays(page, partial(page.evaluate, FAULTS, asked)):
            found[f"{state.name}, {screen}"] = faults
    return found
