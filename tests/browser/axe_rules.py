"""The rules of axe-core that a page breaks.

axe-core 4.14.1 (Mozilla Public License 2.0, see axe/LICENSE.txt) is used as it was published.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.visits import what_stays

Combination = tuple[str, str, list[str] | None]  # theme, size, rules
AXE = Path(__file__).parent / "axe" / "axe.min.js"
SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
# Only violations are read, and of each only HTML: axe then makes no selectors, and reports one
# element of each other result instead of all.
VIOLATIONS = """async ({ rules, within }) => {
  const options = { resultTypes: ["violations"], selectors: false };
  if (rules) options.runOnly = rules;
  return (await axe.run(within, options)).violations.map(
    (rule) => `${rule.id}: ${rule.nodes[0].html.slice(0, 200)}`);
}"""
DRAWN = "new Promise((go) => requestAnimationFrame(() => setTimeout(go, 50)))"
# By id: the tag "cat.color" would also run the rule of level AAA, which is off by default.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]


def barriers(page: Page, rules: list[str] | None = None, within: str = "html") -> list[str]:
    """The broken rules, each with the first element that breaks it.

    ``rules`` are ids or tags of axe's, all where left out; ``within`` selects what is checked.
    """
    # The content security policy blocks foreign scripts; this browser bypasses it for axe.
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    found: list[str] = page.evaluate(VIOLATIONS, {"rules": rules, "within": within})
    return found


def usual(language: str) -> list[Combination]:
    """Both themes, each at one size; the other language has the sizes the other way round.

    The light theme changes colours alone, so it gets their rules.
    """
    dark, light = SIZES if language else reversed(SIZES)
    return [("dark", dark, None), ("light", light, COLOUR_RULES)]


def every_combination() -> list[Combination]:
    return [(theme, size, None) for theme in ("dark", "light") for size in SIZES]


def barriers_in(
    page: Page, state: str, combinations: Sequence[Combination]
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for theme, size, rules in combinations:
        width, height = SIZES[size]
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(DRAWN)
        if broken := what_stays(page, partial(barriers, page, rules)):
            found[f"{state}, {theme}, {size}"] = broken
    return found
