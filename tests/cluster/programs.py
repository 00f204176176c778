"""Finds nginx and pgbouncer, or downloads the distribution's packages; never skips."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path

import pytest

PLACES = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
PACKAGES = {"nginx": "nginx-light", "pgbouncer": "pgbouncer"}
INSTALL_SECONDS = 300


@functools.cache
def program(name: str) -> Path:
    found = _installed(name) or _from_debian(name)
    if found is None:
        pytest.fail(
            f"These tests need {name}, and it could not be found or installed. Install it"
            f" (Debian and Ubuntu: apt install {PACKAGES[name]}).",
            pytrace=False,
        )
    return found


def _installed(name: str) -> Path | None:
    named = os.environ.get(name.upper())
    found = named or shutil.which(name, path=PLACES)
    return Path(found) if found else None


def _from_debian(name: str) -> Path | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["install", "--yes", "--no-install-recommends", PACKAGES[name]]
    for words in (["update"], install):
        try:
            result = subprocess.run(
                ["apt-get", "--quiet", *words],
                env=environment,
                capture_output=True,
                timeout=INSTALL_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        if result.returncode != 0:
            return None
    return _installed(name)
