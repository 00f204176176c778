"""Documents and code agree: documented names exist, and existing features are documented."""

from __future__ import annotations

import re
from math import prod
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


RATE_LIMIT = re.compile(r'RateLimit\(\s*f?"([^"]+)",\s*([^,]+),\s*([^,)]+)')
UNITS = {"s": 1, "min": 60, "h": 60 * 60}


def test_every_rate_limit_is_documented() -> None:
    code = {}
    for app in apps.get_app_configs():
        for file in Path(app.path).rglob("*.py") if ROOT in Path(app.path).parents else ():
            for name, amount, seconds in RATE_LIMIT.findall(file.read_text()):
                code[name.replace("{kind}", "…")] = (number(amount), number(seconds))
    security = (ROOT / "SECURITY.md").read_text()
    rows = re.findall(r"^\| `([a-z_…]+)` \| .+ \| (.+) \|$", security, re.MULTILINE)
    documented = {name: limit_of(text) for name, text in rows}

    assert documented == {
        name: limit if None not in limit else (None, None) for name, limit in code.items()
    }


def number(expression: str) -> int | None:
    """The product of literal factors; None for a setting."""
    factors = expression.replace("_", "").split(" * ")
    is_literal = all(factor.isdigit() for factor in factors)
    return prod(int(factor) for factor in factors) if is_literal else None


def limit_of(text: str) -> tuple[int | None, int | None]:
    if text == "setting":
        return None, None
    [(amount, number_of_units, unit)] = re.findall(r"^([\d,]+) in (\d+) (\w+)$", text)
    return int(amount.replace(",", "")), int(number_of_units) * UNITS[unit]


def test_links_between_documents_lead_somewhere() -> None:
    missing = [
        f"{document.relative_to(ROOT)} → {link}"
        for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
        for link in re.findall(r"\]\(([^)#:]+)\)", document.read_text())
        if not (document.parent / link).exists()
    ]
    assert missing == []
