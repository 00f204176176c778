"""A real site and a real browser, each started once for all browser tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser import chromium
from tests.runtime.prepared import running
from tests.runtime.runs import Run

SHORT_HOLD_SECONDS = 6
# A visit of every page takes longer than five minutes on a busy machine.
HOLD_SECONDS = 1_800


@pytest.fixture(scope="session")
def site_run() -> Iterator[Run]:
    """A site with the demo chain, started as `bin/run` starts it."""
    with running("--hold-seconds", str(HOLD_SECONDS)) as run:
        yield run


@pytest.fixture(scope="session")
def running_site(site_run: Run) -> str:
    """Its address."""
    return site_run.url


@pytest.fixture(scope="session")
def strict_run() -> Iterator[Run]:
    """A second site: holds end after ``SHORT_HOLD_SECONDS``, and staff need a second factor."""
    options = ("--hold-seconds", str(SHORT_HOLD_SECONDS))
    with running(*options, environment={"STAFF_MFA_REQUIRED": "true"}) as run:
        yield run


@pytest.fixture(scope="session")
def short_hold_site(strict_run: Run) -> str:
    return strict_run.url


# For conditions that hold at once on an idle machine.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()
