"""The previous release: its dump and, from the repository's history, its code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DUMP = Path(__file__).with_name("previous.dump.xz")
FACTS = Path(__file__).with_name("previous.json")
TRADE = Path(__file__).with_name("trade.py")
# The ticket signatures in the dump were made with it.
TICKET_SIGNING_KEY = "bGF5YXItdXBncmFkZS10ZXN0LXRpY2tldC1rZXktMDE="


def facts() -> dict[str, Any]:
    """The release's commit, and what ``trade.py look`` saw in its database."""
    known: dict[str, Any] = json.loads(FACTS.read_text())
    return known


def has_code(commit: str) -> bool:
    """Whether the history is here; a shallow clone has none."""
    command = ("git", "cat-file", "-e", f"{commit}^{{commit}}")
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0


def extract(commit: str, folder: Path) -> Path:
    """Writes the release's files to ``folder``."""
    command = ("git", "archive", "--format", "tar", commit)
    archive = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    return folder


def manage(tree: Path, environment: dict[str, str], *words: str) -> str:
    return _run([sys.executable, "manage.py", *words], tree, environment)


def trade(tree: Path, environment: dict[str, str], *words: str) -> Any:
    """Runs a command of ``trade.py`` with the code in ``tree``."""
    return json.loads(_run([sys.executable, str(TRADE), *words], tree, environment))


def variables(database_url: str, redis_url: str, data: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "LAYAR_DATA": str(data),
        "SECRET_KEY": "of both versions",
        "TICKET_SIGNING_KEY": TICKET_SIGNING_KEY,
        "DJANGO_SETTINGS_MODULE": "cinema_project.settings",
        "RATE_LIMIT_FACTOR": "100000",
        "LOG_LEVEL": "ERROR",
    }


def _run(command: list[str], tree: Path, environment: dict[str, str]) -> str:
    finished = subprocess.run(
        command,
        cwd=tree,
        env={**os.environ, **environment, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise AssertionError(
            f"{command[1:]} in {tree}: {finished.stdout[-2000:]} {finished.stderr[-3000:]}"
        )
    return finished.stdout
