"""Parsing of whole numbers and rupiah amounts in Indonesian notations."""

from __future__ import annotations

import re

NUMBER = re.compile(
    r"(?P<sign>-)?(?:"
    r"(?P<grouped>\d{1,3}(?:(?P<mark>[.,' ])\d{3})(?:(?P=mark)\d{3})*)(?P<cents>[.,]00|,-)?"
    r"|(?P<plain>\d+)(?P<plain_cents>,-)?"
    r"|(?P<long>\d{4,})[.,]00)"
)
CURRENCY = re.compile(r"^(?:Rp\.?|IDR)\s*", re.IGNORECASE)
DIGITS_MAX = 15


class UnclearNumber(ValueError):
    """The text is no whole number, or could mean two different ones (``60.5``, ``60.00``)."""


def parse_integer(text: str) -> int:
    """Read ``60000``, ``60.000``, ``60,000`` or ``60 000``. Raises UnclearNumber."""
    cleaned = " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())
    found = NUMBER.fullmatch(cleaned)
    if found is None or (found["cents"] and found["cents"][0] == found["mark"]):
        raise UnclearNumber(text)
    digits = re.sub(r"\D", "", found["grouped"] or found["plain"] or found["long"])
    if len(digits) > DIGITS_MAX:
        raise UnclearNumber(text)
    return -int(digits) if found["sign"] else int(digits)


def parse_rupiah(text: str) -> int:
    """Like ``parse_integer``, with an optional currency: ``Rp 60.000``, ``Rp60.000,-``."""
    return parse_integer(CURRENCY.sub("", text.strip()))
