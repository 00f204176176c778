"""Settings from the environment."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cinema_project.settings.env import SECRETS

ROOT = Path(__file__).resolve().parent.parent
SHOW = "from cinema_project import settings; print(settings.SECRET_KEY, settings.METRICS_TOKEN)"


def shown(**environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
    return subprocess.run(
        [sys.executable, "-c", SHOW],
        env=kept | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "secret"
    path.write_text("from-a-file\n")
    return str(path)


def test_secret_is_read_from_a_file(file: str) -> None:
    assert shown(SECRET_KEY_FILE=file, METRICS_TOKEN_FILE=file) == "from-a-file from-a-file"


def test_secret_takes_precedence_over_its_file(file: str) -> None:
    assert shown(SECRET_KEY="said", SECRET_KEY_FILE=file, METRICS_TOKEN="") == "said"


def test_secrets_are_documented_settings() -> None:
    files = sorted((ROOT / "cinema_project" / "settings").glob("*.py"))
    read = {
        name
        for file in files
        if file.name != "environment.py"
        for name in re.findall(r'"([A-Z_0-9]+)"', file.read_text())
    }
    assert set(SECRETS) - read == set()  # a name that nobody reads guards nothing
