"""Format of the templates that `djade` does not check."""

from __future__ import annotations

import re
from pathlib import Path

from django.contrib.staticfiles import finders

ROOT = Path(__file__).resolve().parent.parent
COLUMNS_MAX = 120
# One message of several paragraphs: its line breaks are part of the translated text.
MAY_BE_LONGER = {"templates/account/email/account_already_exists_message.txt"}


STATIC_FILE = re.compile(r"{% (?:static|modulepreload) '([^']+)' %}")


def test_static_files_of_templates_exist() -> None:
    # A missing one is a server error in production alone, where names are hashed.
    named = {
        file: path.relative_to(ROOT)
        for folder in [ROOT / "templates", *ROOT.glob("*/templates")]
        for path in folder.rglob("*.html")
        for file in STATIC_FILE.findall(path.read_text())
    }
    missing = {file: path for file, path in named.items() if finders.find(file) is None}
    assert (bool(named), missing) == (True, {})


def test_lines_of_templates_fit_in_the_columns() -> None:
    templates = [
        path
        for folder in [ROOT / "templates", *ROOT.glob("*/templates")]
        for path in folder.rglob("*")
        if path.suffix in {".html", ".txt"}
    ]
    too_long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted(templates)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > COLUMNS_MAX and str(path.relative_to(ROOT)) not in MAY_BE_LONGER
    ]
    assert (bool(templates), too_long) == (True, [])
