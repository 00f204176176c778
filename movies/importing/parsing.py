"""What people write into cells, as values: days, hours, prices, yes and no."""

from __future__ import annotations

import re
from datetime import date, time

from django.utils.translation import gettext as _

ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?")
LOCAL_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
HOUR = re.compile(r"(\d{1,2})[:.](\d{2})(?::\d{2})?")
WHOLE = re.compile(r"(?:Rp\.?\s*)?(\d+|\d{1,3}(?:[.,\s]\d{3})+)(?:,00|,-)?", re.IGNORECASE)
WHOLE_MAX = 100_000_000
YES = {"yes", "y", "ya", "true", "1", "x"}
NO = {"no", "n", "tidak", "false", "0", "-"}


class CellUnreadable(ValueError):
    """Its text is for people."""


def day(text: str) -> date:
    """``2026-11-25`` or ``25/11/2026``: day before month, as in Indonesia."""
    if found := ISO_DAY.fullmatch(text):
        year, month, number = found.groups()
    elif found := LOCAL_DAY.fullmatch(text):
        number, month, year = found.groups()
    else:
        raise CellUnreadable(
            _("“%(text)s” is no day; write 2026-11-25 or 25/11/2026.") % {"text": text}
        )
    try:
        return date(int(year), int(month), int(number))
    except ValueError:
        raise CellUnreadable(_("There is no day “%(text)s”.") % {"text": text}) from None


def hour(text: str) -> time:
    """``19:00`` or ``19.00``"""
    found = HOUR.fullmatch(text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise CellUnreadable(_("“%(text)s” is no hour; write 19:00.") % {"text": text})
    return time(int(found[1]), int(found[2]))


def whole(text: str) -> int:
    """``55000``, ``55.000``, ``Rp 55.000``"""
    found = WHOLE.fullmatch(text)
    number = int(re.sub(r"\D", "", found[1])) if found else 0
    if not 0 < number <= WHOLE_MAX:
        raise CellUnreadable(_("“%(text)s” is no whole number above zero.") % {"text": text})
    return number


def yes_or_no(text: str) -> bool:
    word = text.casefold()
    if word not in YES | NO:
        raise CellUnreadable(_("“%(text)s” is neither yes nor no.") % {"text": text})
    return word in YES


def choice(text: str, known: dict[str, str]) -> str:
    """The value of one of the ``known`` words (in small letters)."""
    value = known.get(text.casefold())
    if value is None:
        raise CellUnreadable(
            _("“%(text)s” is not one of: %(known)s.")
            % {"text": text, "known": ", ".join(dict.fromkeys(known.values()))}
        )
    return value


def one_of_many(text: str) -> list[str]:
    """``drama, family`` or with ``;`` ``|`` ``/`` between them."""
    return [word.strip() for word in re.split(r"[,;|/]", text) if word.strip()]
