"""Parsing of cells in common notations: days, times, prices, yes and no."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta

from django.utils.translation import gettext as _

from core.forms.numbers import UnclearNumber, parse_integer, parse_rupiah

ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
NUMERIC_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?: \d{1,2}[:.]\d{2})?")
SERIAL_DAY = re.compile(r"([4-5]\d{4})(?:\.\d+)?")  # days since 1899-12-30, years 2009 to 2064
SERIAL_EPOCH = date(1899, 12, 30)
MONTHS = {
    **dict.fromkeys(("jan", "januari", "january"), 1),
    **dict.fromkeys(("feb", "peb", "februari", "pebruari", "february"), 2),
    **dict.fromkeys(("mar", "maret", "march"), 3),
    **dict.fromkeys(("apr", "april"), 4),
    **dict.fromkeys(("mei", "may"), 5),
    **dict.fromkeys(("jun", "juni", "june"), 6),
    **dict.fromkeys(("jul", "juli", "july"), 7),
    **dict.fromkeys(("agu", "agt", "ags", "aug", "agustus", "august"), 8),
    **dict.fromkeys(("sep", "sept", "september"), 9),
    **dict.fromkeys(("okt", "oct", "oktober", "october"), 10),
    **dict.fromkeys(("nov", "nop", "november", "nopember"), 11),
    **dict.fromkeys(("des", "dec", "desember", "december"), 12),
}
WEEKDAYS = frozenset(
    (
        "senin", "selasa", "rabu", "kamis", "jumat", "jum'at", "sabtu", "minggu", "ahad",
        "sen", "sel", "rab", "kam", "jum", "sab", "min",
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
        "mon", "tue", "wed", "thu", "fri", "sat", "sun",
    )
)  # fmt: skip
CLOCK = re.compile(
    r"(?:(?:pukul|jam)\s*)?(?:\d{4}-\d{2}-\d{2}[T ])?"
    r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?\s*([ap]\.?m\.?)?\s*(?:WITA|WIB|WIT)?",
    re.IGNORECASE,
)
SHORT_CLOCK = re.compile(r"(\d{1,2})\.([0-5])")  # 19.30 converted to a number by a spreadsheet
DAY_FRACTION = re.compile(r"0?\.\d{2,}|0\.5")  # Excel's number of a time
MINUTES_PER_DAY = 24 * 60
LATE_MINUTES_MAX = 29 * 60  # 28:59 is the last minute of a business day
WHOLE_MAX = 100_000_000
PRICE_RUPIAH_MIN = 1_000
LENGTH_UNITS = r"(?:menit|mnt|minutes?|mins?|m|')"
HOURS_AND_MINUTES = re.compile(
    rf"(\d{{1,2}})\s*(?:jam|hours?|hrs?|h|j)\s*(?:(\d{{1,2}})\s*{LENGTH_UNITS}?)?", re.IGNORECASE
)
MINUTES = re.compile(rf"(\d{{1,3}})\s*{LENGTH_UNITS}", re.IGNORECASE)
YES = {"yes", "y", "ya", "true", "1", "x"}
NO = {"no", "n", "tidak", "false", "0", "-"}


class CellUnreadable(ValueError):
    """Its text is shown to the user."""


def fold(text: str) -> str:
    """Form for comparing names: letters and digits only, without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if character.isalnum())


def day(text: str, *, month_first: bool = False) -> date:
    """``2026-11-25``, ``25/11/2026``, ``Rabu, 25 Nov 2026`` or a spreadsheet's serial number.

    ``month_first`` reads ``11/25/2026``, for files in American order.
    """
    if found := ISO_DAY.fullmatch(text):
        year, month, number = map(int, found.groups())
    elif found := NUMERIC_DAY.fullmatch(text):
        first, second, year = map(int, found.groups())
        number, month = (second, first) if month_first else (first, second)
    elif found := SERIAL_DAY.fullmatch(text):
        return SERIAL_EPOCH + timedelta(days=int(found[1]))
    elif (written := _written_day(text)) is not None:
        number, month, year = written
    else:
        raise CellUnreadable(
            _("“%(text)s” is no day; write 2026-11-25 or 25/11/2026.") % {"text": text}
        )
    try:
        return date(year, month, number)
    except ValueError:
        raise CellUnreadable(_("There is no day “%(text)s”.") % {"text": text}) from None


def _written_day(text: str) -> tuple[int, int, int] | None:
    """Day, month and year of ``Jumat, 4 Des 2026`` or ``December 4, 2026``."""
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+", text.casefold())
    months = [MONTHS[word] for word in words if word in MONTHS]
    numbers = [int(word) for word in words if word.isdecimal()]
    others = [word for word in words if not word.isdecimal() and word not in MONTHS]
    if len(months) != 1 or len(numbers) != 2 or not WEEKDAYS.issuperset(others):
        return None
    number, year = numbers
    return (number, months[0], year) if year > 999 else None


def is_month_first(texts: Iterable[str]) -> bool:
    """Whether numeric days of a column are in American order: one cannot be day/month, and all can
    be month/day."""
    pairs = [
        (int(found[1]), int(found[2])) for text in texts if (found := NUMERIC_DAY.fullmatch(text))
    ]
    return any(second > 12 for _first, second in pairs) and all(first <= 12 for first, _s in pairs)


def minute_of_day(text: str) -> int:
    """Minutes since midnight of ``19:00``, ``19.00``, ``7:30 PM``, ``19.3`` or ``0.8125``, rounded.

    ``24:30`` is half past midnight of the following day: 1470.
    """
    unreadable = CellUnreadable(_("“%(text)s” is no hour; write 19:00.") % {"text": text})
    if DAY_FRACTION.fullmatch(text):
        return round(float(text) * MINUTES_PER_DAY)
    seconds = 0
    if found := SHORT_CLOCK.fullmatch(text):
        hours, minutes = int(found[1]), int(found[2]) * 10
    elif found := CLOCK.fullmatch(text):
        hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3] or 0)
        if found[4]:
            if not 1 <= hours <= 12:
                raise unreadable
            hours = hours % 12 + (12 if found[4].lower().startswith("p") else 0)
    else:
        raise unreadable
    total = hours * 60 + minutes + (1 if seconds >= 30 else 0)
    if minutes > 59 or total >= LATE_MINUTES_MAX:
        raise unreadable
    return total


def hour(text: str) -> time:
    """Like ``minute_of_day``, within one day."""
    total = minute_of_day(text)
    if total >= MINUTES_PER_DAY:
        raise CellUnreadable(_("“%(text)s” is no hour; write 19:00.") % {"text": text})
    return time(total // 60, total % 60)


def whole(text: str) -> int:
    """``55000``, ``55.000``, ``Rp 55.000``"""
    try:
        number = parse_rupiah(text)
    except UnclearNumber:
        number = 0
    if not 0 < number <= WHOLE_MAX:
        raise CellUnreadable(_("“%(text)s” is no whole number above zero.") % {"text": text})
    return number


def price(text: str) -> int:
    """Like ``whole``; refuses amounts that no seat costs, as ``55`` for 55.000."""
    number = whole(text)
    if number < PRICE_RUPIAH_MIN:
        raise CellUnreadable(
            _("“%(text)s” is too little for a price. Write it in full: 55000.") % {"text": text}
        )
    return number


def length_minutes(text: str) -> int:
    """``112``, ``112 menit``, ``1 jam 52 menit``"""
    if found := HOURS_AND_MINUTES.fullmatch(text):
        return int(found[1]) * 60 + int(found[2] or 0)
    if found := MINUTES.fullmatch(text):
        text = found[1]
    try:
        number = parse_integer(text)
    except UnclearNumber:
        number = 0
    if number <= 0:
        raise CellUnreadable(_("“%(text)s” is no whole number above zero.") % {"text": text})
    return number


def yes_or_no(text: str) -> bool:
    word = text.casefold()
    if word not in YES | NO:
        raise CellUnreadable(_("“%(text)s” is neither yes nor no.") % {"text": text})
    return word in YES


def choice(text: str, known: Mapping[str, str]) -> str:
    """The value of one of the ``known`` words (folded, or in small letters)."""
    value = known.get(text.casefold()) or known.get(fold(text))
    if value is None:
        raise CellUnreadable(
            _("“%(text)s” is not one of: %(known)s.")
            % {"text": text, "known": ", ".join(dict.fromkeys(known.values()))}
        )
    return value


def one_of_many(text: str) -> list[str]:
    """``drama, family`` or with ``;`` ``|`` ``/`` between them."""
    return [word.strip() for word in re.split(r"[,;|/]", text) if word.strip()]
