"""`.env.example`: complete, explained, and with correct defaults."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINES = (ROOT / ".env.example").read_text().splitlines()
ASSIGNMENT = re.compile(r"(?P<off>#?)(?P<name>[A-Z][A-Z_0-9]*)=(?P<value>.*)")
READ = re.compile(r'env\.\w+\(\s*"([A-Z_0-9]+)"')
REQUIRED = {"SECRET_KEY": "x", "DATABASE_URL": "postgres:///x", "REDIS_URL": "redis://x"}
# Written relative to the project, absolute in the settings.
PATHS = {"METRICS_DIR"}
SHOW = """
import json
from cinema_project import settings
print(json.dumps({name: repr(getattr(settings, name)) for name in dir(settings) if name.isupper()}))
"""


def assignments() -> list[tuple[int, re.Match[str]]]:
    found = [(number, ASSIGNMENT.fullmatch(line)) for number, line in enumerate(LINES)]
    return [(number, match) for number, match in found if match]


def settings_with(variables: dict[str, str]) -> dict[str, str]:
    """Settings of a process with only these environment variables, as ``repr``."""
    shown = subprocess.run(
        [sys.executable, "-c", SHOW],
        env={"PATH": os.environ["PATH"], **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    read: dict[str, str] = json.loads(shown.stdout)
    return {name: re.sub(r" at 0x[0-9a-f]+", "", value) for name, value in read.items()}


def test_every_variable_of_the_settings_is_listed_once() -> None:
    files = (ROOT / "cinema_project" / "settings").glob("*.py")
    read = {name for file in files for name in READ.findall(file.read_text())}
    listed = [match["name"] for _number, match in assignments()]
    assert sorted(listed) == sorted(read)


def test_every_variable_has_a_comment_of_one_line() -> None:
    bare = [
        match["name"]
        for number, match in assignments()
        if not LINES[number - 1].startswith("# ") or not LINES[number - 1].endswith(".")
    ]
    assert bare == []


def test_variables_without_a_default_are_the_required_ones() -> None:
    assert {match["name"] for _number, match in assignments() if not match["off"]} == set(REQUIRED)


def test_defaults_are_those_of_the_settings(tmp_path: Path) -> None:
    basis = REQUIRED | {"LAYAR_DATA": str(tmp_path)}
    defaults = {
        match["name"]: match["value"]
        for _number, match in assignments()
        if match["name"] not in basis and match["name"] not in PATHS
    }
    assert settings_with(basis | defaults) == settings_with(basis)
