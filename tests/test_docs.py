"""What the documents promise exists, and what exists is documented."""

from __future__ import annotations

import re
from pathlib import Path

from django.apps import apps
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def test_every_setting_is_documented() -> None:
    files = sorted((ROOT / "cinema_project" / "settings").glob("*.py"))
    source = "\n".join(file.read_text() for file in files)
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_0-9]+)"', source))
    documented = set(re.findall(r"`([A-Z][A-Z_0-9]+)`", OPERATIONS))
    assert (sorted(read - documented), sorted(documented - read - {"DATA", "NAME", "PATH"})) == (
        [],
        [],
    )


def test_every_own_command_is_documented() -> None:
    ours = {
        name
        for name, app in get_commands().items()
        if (apps.is_installed(app) and (ROOT / app.replace(".", "/")).is_dir())
    }
    documented = set(re.findall(r"`manage\.py (\w+)", OPERATIONS))
    assert (sorted(ours - documented), sorted(documented - ours - {"createsuperuser"})) == ([], [])


def test_links_between_documents_lead_somewhere() -> None:
    missing = [
        f"{document.relative_to(ROOT)} → {link}"
        for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
        for link in re.findall(r"\]\(([^)#:]+)\)", document.read_text())
        if not (document.parent / link).exists()
    ]
    assert missing == []
