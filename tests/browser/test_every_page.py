"""Every page and state in both languages: no barriers, no sideways scrolling, a next step."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import LocalePrefixPattern
from playwright.sync_api import Browser

from tests.browser.axe_rules import barriers_in, every_combination, usual
from tests.browser.screens import screen_faults
from tests.browser.states import COVERED_ROUTES, EXEMPT_ROUTES, every_state
from tests.browser.visits import visitor

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["", "/en"], ids=["indonesian", "english"])
def test_every_page_fits_every_screen_leads_on_and_has_no_barriers(
    browser: Browser, running_site: str, language: str
) -> None:
    """One visit for all checks: walking to each state takes as long as checking it."""
    found: dict[str, Any] = {}
    with visitor(browser, {"bypass_csp": True}) as page:
        for state in every_state(page, running_site, language):
            found |= screen_faults(page, state)
            if not state.is_longer:
                found |= barriers_in(page, state.name, usual(language))

    assert found == {}


@pytest.mark.exhaustive
@pytest.mark.parametrize("language", ["", "/en"], ids=["indonesian", "english"])
def test_no_page_has_barriers_in_any_theme_at_any_size(
    browser: Browser, running_site: str, language: str
) -> None:
    found: dict[str, Any] = {}
    with visitor(browser, {"bypass_csp": True}) as page:
        for state in every_state(page, running_site, language):
            found |= barriers_in(page, state.name, every_combination())

    assert found == {}


WIDEST_REFERENCE = """(wrap) => {
  const shown = [...document.querySelectorAll(".problem p")].find(
    (one) => /[0-9a-f]{32}/.test(one.textContent));
  shown.textContent = shown.textContent.replace(/[0-9a-f]{32}/, "d".repeat(32));
  if (wrap) shown.style.overflowWrap = wrap;
  return document.documentElement.scrollWidth - innerWidth;
}"""


def test_reference_of_an_error_fits_the_smallest_screen(
    browser: Browser, running_site: str
) -> None:
    with visitor(browser, {"viewport": {"width": 320, "height": 640}}) as page:
        page.goto(f"{running_site}/en/no-such-page/")

        assert page.evaluate(WIDEST_REFERENCE, "") <= 0
        assert page.evaluate(WIDEST_REFERENCE, "normal") > 0  # the control


def site_routes() -> set[str]:
    """The names of all routes of the translated site."""
    translated = [
        each
        for each in get_resolver().url_patterns
        if isinstance(each, URLResolver) and isinstance(each.pattern, LocalePrefixPattern)
    ]
    return {name for resolver in translated for name in _names(resolver, "")}


def _names(resolver: URLResolver, prefix: str) -> list[str]:
    found = []
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            found.append(f"{prefix}{each.name}")
        else:
            found += _names(each, f"{prefix}{each.namespace}:" if each.namespace else prefix)
    return found


def test_every_page_of_the_site_is_covered_or_named_as_an_exception() -> None:
    assert site_routes() == COVERED_ROUTES | EXEMPT_ROUTES
