"""Every text of the site is translated into Indonesian, compiled, with its placeholders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.template import Engine
from django.template.base import Node
from django.templatetags.i18n import BlockTranslateNode

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "locale" / "id" / "LC_MESSAGES"
APPS = [
    "accounts", "backups", "bookings", "cinema_project", "demo", "movies", "notifications",
    "reports", "seating",
]  # fmt: skip
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")
IN_TEMPLATES = re.compile(r"""\{%\s*translate\s+"([^"]+)"|_\("([^"]+)"\)""")
IN_PYTHON = re.compile(r"""(?<![\w.])(?:_|gettext|gettext_lazy)\(\s*"((?:[^"\\]|\\.)*)"\s*[,)]""")


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with (FOLDER / "django.po").open("rb") as file:
        return read_po(file, locale="id")


def name(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def translations_of(message: Message) -> list[str]:
    given = message.string or ""
    return [given] if isinstance(given, str) else list(given)


def test_every_message_is_translated_with_its_placeholders(catalogue: Catalog) -> None:
    wrong = [
        message.id
        for message in catalogue
        if message.id
        for text in translations_of(message)
        if not text
        or set(PLACEHOLDER.findall(text))
        != set(PLACEHOLDER.findall(message.id if isinstance(message.id, str) else message.id[-1]))
    ]
    assert wrong == []


def test_compiled_catalogue_is_the_written_one(catalogue: Catalog) -> None:
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = read_mo(file)
    written = {name(message): translations_of(message)[0] for message in catalogue if message.id}
    assert {
        name(message): translations_of(message)[0] for message in compiled if message.id
    } == written, "bin/translations compiles the catalogue"


def test_every_text_of_the_code_is_in_the_catalogue(catalogue: Catalog) -> None:
    known = {name(message) for message in catalogue}
    used = {
        (found[0] or found[1], path.name)
        for path in ROOT.glob("**/templates/**/*")
        if path.suffix in {".html", ".txt"} and ".venv" not in path.parts
        for found in IN_TEMPLATES.findall(path.read_text())
    } | {
        (found, path.name)
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        for found in IN_PYTHON.findall(path.read_text())
    }
    assert sorted((text, file) for text, file in used if text not in known) == []


def test_every_blocktranslate_in_a_template_is_in_the_catalogue(catalogue: Catalog) -> None:
    known = {name(message) for message in catalogue}
    engine = Engine.get_default()
    used = {
        (node.render_token_list(node.singular)[0], path.name)
        for folder in [ROOT / "templates", *ROOT.glob("*/templates")]
        for path in folder.rglob("*")
        if path.suffix in {".html", ".txt"}
        for node in _nodes(engine, str(path.relative_to(folder)))
        if isinstance(node, BlockTranslateNode)
    }
    assert (bool(used), sorted((text, file) for text, file in used if text not in known)) == (
        True,
        [],
    )


def _nodes(engine: Engine, template: str) -> list[Node]:
    return engine.get_template(template).nodelist.get_nodes_by_type(BlockTranslateNode)
