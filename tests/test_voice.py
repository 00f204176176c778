"""docs/voice.md: one term per concept in both languages, also where a library wrote the text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.contrib.auth.password_validation import get_default_password_validators
from django.core.exceptions import ValidationError
from django.forms import CharField
from django.utils import translation

from cinema_project.admin_translations import PUBLIC_TEXTS
from cinema_project.middleware import language_of_header

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "id" / "LC_MESSAGES" / "django.po"
RULE = re.compile(r"^\| [^|]+ \| ([^|]+) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
# "in order", "out of order" and the order of a list are not purchases.
PURCHASE = re.compile(
    r"(?<!\bin )(?<!\bof )(?<!\bthat )\borders?\b|\breservations?\b", re.IGNORECASE
)
FORMAL_ADDRESS = re.compile(r"\b(anda|kamu|kau|engkau)\b")
BARE_PASSWORD = re.compile(r"(?<!kata )(?<!kunci )\bsandi\b", re.IGNORECASE)


def texts() -> dict[str, list[str]]:
    with CATALOGUE.open("rb") as file:
        messages = [message for message in read_po(file, locale="id") if message.id]
    return {
        message.id if isinstance(message.id, str) else message.id[0]: [message.string]
        if isinstance(message.string, str)
        else list(message.string or ())
        for message in messages
    }


def rules() -> list[tuple[str, str, str]]:
    """(English term, Indonesian term, words not to use) of the table in docs/voice.md."""
    document = (ROOT / "docs" / "voice.md").read_text()
    rows = RULE.findall(document.partition("## Terms")[2])
    return [
        (row[0].strip(), row[1].strip(), row[2].strip())
        for row in rows
        if not set(row[0]) <= set("- ") and row[0].strip() != "English"
    ]


def test_terms_of_the_table_are_found() -> None:
    assert ("payment method", "metode pembayaran", "cara pembayaran, cara bayar") in rules()


@pytest.mark.parametrize(("english", "indonesian", "avoided"), rules())
def test_catalogue_uses_one_word_per_concept(english: str, indonesian: str, avoided: str) -> None:
    words = [word.strip() for word in avoided.split(",") if word.strip() != "–"]
    wrong = {
        msgid: text
        for msgid, found in texts().items()
        for text in found
        for word in words
        if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)
    }
    assert wrong == {}, f"{english}: {indonesian}"


def test_catalogue_addresses_the_reader_as_anda() -> None:
    wrong = [text for found in texts().values() for text in found if FORMAL_ADDRESS.search(text)]
    assert wrong == []


def test_catalogue_uses_kata_sandi() -> None:
    wrong = [text for found in texts().values() for text in found if BARE_PASSWORD.search(text)]
    assert wrong == []


def test_english_texts_say_booking() -> None:
    assert [msgid for msgid in texts() if PURCHASE.search(msgid)] == []


def test_library_texts_follow_the_same_rules() -> None:
    with translation.override("id"):
        shown = [translation.gettext(text) for text in PUBLIC_TEXTS]
    wrong = [
        text
        for text in shown
        if FORMAL_ADDRESS.search(text) or BARE_PASSWORD.search(text) or "e-mail" in text
    ]
    assert (wrong, [text for text in PUBLIC_TEXTS if text in shown]) == ([], [])


def test_required_field_message_is_wajib_diisi() -> None:
    with translation.override("id"), pytest.raises(ValidationError) as refused:
        CharField().clean("")
    assert refused.value.messages == ["Wajib diisi."]


def test_password_rules_address_the_reader_as_anda() -> None:
    with translation.override("id"):
        shown = [str(one.get_help_text()) for one in get_default_password_validators()]
    wrong = [text for text in shown if FORMAL_ADDRESS.search(text) or BARE_PASSWORD.search(text)]
    assert wrong == []


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("in-ID,in;q=0.9,en-US;q=0.8,en;q=0.7", "id"),
        ("in,en;q=0.5", "id"),
        ("en-US,en;q=0.9,in;q=0.8", "en"),
        ("id-ID,en;q=0.5", "id"),
    ],
)
def test_old_language_code_in_is_indonesian(header: str, language: str) -> None:
    assert language_of_header(header) == language
