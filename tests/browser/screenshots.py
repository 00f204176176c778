"""Takes the screenshots of docs/managers.md from a running demo with simulated visitors.

`python -m tests.browser.screenshots` starts a demo of its own, lets `simulate` sell for a while and
writes docs/images; `--url` draws a demo that runs already, `--only desk board` some of them,
`--walk FOLDER` every page of the side menu as well, on a desktop and on a phone.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from demo.chain import PASSWORD
from ops.runner.cli import ROOT
from tests.browser import chromium
from tests.browser.office_scenes import FIRST_ROW, SCENES
from tests.browser.trouble import cause_trouble
from tests.browser.visits import PHONE
from tests.runtime.prepared import running
from tests.runtime.runs import OWN_VARIABLES

IMAGES = ROOT / "docs" / "images"
WINDOW: dict[str, Any] = {
    "viewport": {"width": 1440, "height": 1000},
    "locale": "en-US",
    "timezone_id": "Asia/Jakarta",
}
COLOURS = 256
BYTES_MAX = 300_000
LIFE_SECONDS = 75
SETTLED_MS = 2_500
# Name → first page, and the links to follow from it.
PICTURES: dict[str, tuple[str, ...]] = {
    "desk": ("/admin/",),
    "board": ("/admin/board/",),
    "report": ("/admin/reports/figures/sales-by-day/",),
    "layout-editor": (
        "/admin/movies/studio/",
        FIRST_ROW,
        "a[href*='seat-layout'], a[href*='layout']",
    ),
    "price-cards": ("/admin/movies/pricecard/",),
    "voucher": ("/admin/bookings/voucher/", FIRST_ROW),
    "posts": ("/admin/movies/staffpost/",),
    "history": ("/admin/bookings/bookinghistory/",),
    "showtime-seats": ("/admin/", "[data-desk] a[href*='/desk/showtimes/']"),
}


def main() -> int:
    names = [*PICTURES, *SCENES]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url")
    parser.add_argument("--only", nargs="*", choices=names, default=names)
    parser.add_argument("--walk", type=Path, metavar="FOLDER")
    wish = parser.parse_args()
    with _site(wish.url) as url, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        page = _sign_in(browser, url, WINDOW)
        for name in wish.only:
            _open(page, url, name)
            keep(page, IMAGES / f"{name}.png")
        if wish.walk:
            _walk(browser, url, wish.walk)
        browser.close()
    return 0


@contextmanager
def _site(url: str | None) -> Iterator[str]:
    if url:
        yield url
        return
    with running() as run:
        simulation = subprocess.Popen(
            [sys.executable, "manage.py", "simulate", "--url", run.url, "--minutes", "10"],
            cwd=ROOT,
            env={
                **{name: word for name, word in os.environ.items() if name not in OWN_VARIABLES},
                "LAYAR_DATA": str(run.data),
            },
            stdout=subprocess.DEVNULL,
        )
        try:
            cause_trouble(run.url)
            time.sleep(LIFE_SECONDS)
            yield run.url
        finally:
            simulation.terminate()
            simulation.wait()


def _sign_in(browser: Browser, url: str, device: dict[str, object]) -> Page:
    page = browser.new_context(**device, reduced_motion="reduce").new_page()  # type: ignore[arg-type]  # a device's options
    page.set_default_timeout(60_000)
    page.goto(f"{url}/en/accounts/login/?next=/admin/")
    page.locator("[name=login]").fill("admin@layar.example")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/admin/")
    return page


def _open(page: Page, url: str, name: str) -> None:
    page.set_viewport_size(WINDOW["viewport"])
    if name in SCENES:
        SCENES[name](page, url)
    else:
        address, *links = PICTURES[name]
        page.goto(url + address)
        for link in links:
            page.goto(urljoin(page.url, page.locator(link).last.get_attribute("href") or ""))
    page.wait_for_timeout(SETTLED_MS)


def keep(page: Page, file: Path) -> None:
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(file, optimize=True)
    size = file.stat().st_size
    print(f"{file.name}: {size // 1_000} kB")
    if size > BYTES_MAX:
        raise SystemExit(f"{file.name} is larger than {BYTES_MAX // 1_000} kB")


def _walk(browser: Browser, url: str, folder: Path) -> None:
    """Every page of the side menu; reports pages that are too wide for a phone."""
    folder.mkdir(parents=True, exist_ok=True)
    for device, options in (("desktop", WINDOW), ("phone", PHONE | {"locale": "en-US"})):
        page = _sign_in(browser, url, options)
        links = page.eval_on_selector_all(
            "#nav-sidebar a[href^='/admin/'], aside a[href^='/admin/'], nav a[href^='/admin/']",
            "found => [...new Set(found.map(link => link.getAttribute('href')))]",
        )
        for link in links:
            answer = page.goto(url + link)
            status = answer.status if answer else 0
            page.wait_for_timeout(400)
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            print(f"{device} {status} {link}" + (f" too wide by {wide}" if wide > 0 else ""))
            name = link.strip("/").replace("/", "_").replace("?", "_")
            page.screenshot(path=folder / f"{device}-{name}.png")


if __name__ == "__main__":
    raise SystemExit(main())
