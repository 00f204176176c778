"""SMS texts: one part of 160 GSM characters where the link's length permits."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext as _

from notifications.context import facts_of
from notifications.models import Message, MessageKind

PART_LENGTH_MAX = 160
FILM_LENGTH_MIN = 8  # a shorter title is meaningless; the text takes a second part instead

# GSM 03.38 characters of one septet. A single other character halves the capacity.
GSM_ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
REPLACEMENTS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "·": "-"})


def sms_text(message: Message) -> str:
    """The text in the active language, with the film title shortened to fit."""
    facts = facts_of(message)
    template = _template(message.kind)
    context = {
        "code": facts.booking_code,
        "date": facts.short_date,
        "time": facts.time,
        "seats": facts.seats,
        "link": facts.booking_url,
        "studio": facts.studio,
        "was": _clock(facts.before.short_date, facts.before.time) if facts.before else "",
        "now": facts.time
        if facts.before and facts.before.date == facts.date
        else f"{facts.short_date} {facts.time}",
    }
    film = in_gsm(facts.film)
    text = in_gsm(template % {**context, "film": film})
    excess = len(text) - PART_LENGTH_MAX
    if excess > 0 and "%(film)" in template:
        text = in_gsm(template % {**context, "film": _shortened(film, len(film) - excess)})
    return text


def in_gsm(text: str) -> str:
    """``text`` in the GSM alphabet: accents it lacks are dropped, other scripts become "?"."""
    return "".join(_in_gsm(character) for character in text.translate(REPLACEMENTS))


def _in_gsm(character: str) -> str:
    if character in GSM_ALPHABET:
        return character
    plain = "".join(
        part for part in unicodedata.normalize("NFKD", character) if part in GSM_ALPHABET
    )
    return plain or "?"


def _clock(short_date: str, time: str) -> str:
    """Without the zone, which the time beside it names."""
    return f"{short_date} {time.partition(' ')[0]}"


def _shortened(film: str, length: int) -> str:
    length = max(length, FILM_LENGTH_MIN)
    return film if len(film) <= length else f"{film[: length - 2].rstrip()}.."


def _template(kind: str) -> str:
    tickets = _("%(code)s %(film)s, %(date)s %(time)s, seats %(seats)s: %(link)s")
    return {
        MessageKind.BOOKING_CONFIRMED: tickets,
        MessageKind.TICKETS_RESENT: tickets,
        MessageKind.SHOWTIME_CANCELLED: _(
            "%(code)s: %(film)s on %(date)s %(time)s is cancelled, your money comes back: %(link)s"
        ),
        MessageKind.SHOWTIME_CHANGED: _(
            "%(code)s moved: %(was)s -> %(now)s, %(studio)s. Cancel=refund: %(link)s"
        ),
        MessageKind.PAID_TOO_LATE: _("%(code)s: paid too late, your money comes back: %(link)s"),
    }[MessageKind(kind)]
