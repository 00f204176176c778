"""Words of a booking's contact for the office's search: name, parts of the address, last digits.

Computed in SQL, so that one GIN index finds prefixes of any word. A phone number is one word, its
digits reversed after ``tel``: its last digits are then a prefix.
"""

from __future__ import annotations

import re
from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db.models import F, Func

WORDS_MAX = 6
DIGITS_MIN = 3  # fewer match too many numbers
PHONE_PREFIX = "tel"
PHONE = re.compile(r"\+?[\d\s().-]{4,24}")
COUNTRY_CODE = "62"
WORD = re.compile(r"[^\W_]+")


class ContactWords(Func):
    """The vector of name, email and phone, in this order."""

    template = (
        "to_tsvector('simple'::regconfig, regexp_replace(lower(%(expressions)s),"
        " '[^[:alnum:]]+', ' ', 'g'))"
    )
    arg_joiner = " || ' ' || "
    output_field: Any = SearchVectorField()

    def __init__(self, **extra: Any) -> None:
        super().__init__(
            F("contact_name"), F("contact_email"), ReversedDigits(F("contact_phone")), **extra
        )


class ReversedDigits(Func):
    template = f"'{PHONE_PREFIX}' || reverse(regexp_replace(%(expressions)s, '[^0-9]', '', 'g'))"


def words_query(text: str) -> str:
    """The tsquery of a search for names and addresses: every word, as a prefix; empty if none."""
    words = WORD.findall(text.lower())[:WORDS_MAX]
    return " & ".join(f"'{word}':*" for word in words)


def phone_digits(text: str) -> str:
    """The national digits of a phone number or its part in any spelling; empty for other text.

    ``0812 9988-7766`` and ``+62 812-9988-7766`` are both ``81299887766``, as stored after +62.
    """
    if not PHONE.fullmatch(text.strip()):
        return ""
    digits = re.sub(r"\D", "", text)
    for prefix in (COUNTRY_CODE, "0"):
        if digits.startswith(prefix):
            return digits.removeprefix(prefix)
    return digits


def digits_query(text: str) -> str:
    """The tsquery of a phone number in any spelling, or its last digits; empty for other text."""
    typed = re.sub(r"\D", "", text) if phone_digits(text) else ""
    endings = {typed, phone_digits(text)}
    found = sorted(one for one in endings if len(one) >= DIGITS_MIN)
    return " | ".join(f"'{PHONE_PREFIX}{digits[::-1]}':*" for digits in found)
