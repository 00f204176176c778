"""A real site and a real browser, each started once for all browser tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import chromium
from tests.runtime.runs import Run, running

SHORT_HOLD_SECONDS = 6


@pytest.fixture(scope="session")
def site_run() -> Iterator[Run]:
    """A site with the demo chain, started as `bin/run` starts it."""
    with running() as run:
        yield run


@pytest.fixture(scope="session")
def running_site(site_run: Run) -> str:
    """Its address."""
    return site_run.url


@pytest.fixture(scope="session")
def short_hold_site() -> Iterator[str]:
    """The same with holds that end after ``SHORT_HOLD_SECONDS``."""
    with running("--hold-seconds", str(SHORT_HOLD_SECONDS)) as run:
        yield run.url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()
