"""Form of the templates: what `djade` does not check."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COLUMNS_MAX = 120
# One message of several paragraphs: its line breaks are part of the translated text.
MAY_BE_LONGER = {"templates/account/email/account_already_exists_message.txt"}


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
