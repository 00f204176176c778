"""SMS texts: one part of 160 GSM characters where the link's length permits."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext as _

from bookings.orders.details import booking_with_details
from notifications.context import BeforeFacts, Facts, facts_of
from notifications.models import Message, MessageKind
from notifications.waitlist.messages import waitlist_facts

PART_LENGTH_MAX = 160
FILM_LENGTH_MIN = 8  # a shorter title is meaningless; the text gets a second part instead

# GSM 03.38 characters of one septet. A single other character halves the capacity.
GSM_ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
REPLACEMENTS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "·": "-"})


def sms_text(message: Message) -> str:
    """The text in the active language, with the film title shortened to fit, then the seats."""
    if message.kind == MessageKind.WAITLIST_OFFER:
        return _offer_text(message)
    if message.booking_id is None:
        raise ValueError("a waitlist's other messages are emails")
    facts = facts_of(message, booking_with_details(message.booking_id))
    template = _template(message.kind)
    context = {
        "code": facts.booking_code,
        "date": facts.short_date,
        "time": facts.start,
        "seats": facts.seats,
        "link": facts.booking_url,
        "studio": facts.studio,
    }
    if facts.before is not None:
        context |= _change(facts, facts.before)
    text = _fitted(template, context, in_gsm(facts.film))
    if len(text) > PART_LENGTH_MAX:
        closed_up = context | {"seats": facts.seats.replace(", ", ",")}
        text = _fitted(template, closed_up, in_gsm(facts.film))
    return text


def _offer_text(message: Message) -> str:
    facts = waitlist_facts(message)
    template = _(
        "%(film)s, %(date)s %(time)s: %(seats)s are held for you until %(until)s: %(link)s"
    )
    context = {
        "date": facts.short_date,
        "time": facts.start,
        "seats": facts.seats,
        "until": facts.until,
        "link": facts.link,
    }
    return _fitted(template, context, in_gsm(facts.film))


def _fitted(template: str, context: dict[str, str], film: str) -> str:
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


def _change(facts: Facts, before: BeforeFacts) -> dict[str, str]:
    """Old and new time, with their ends only if the start stays; the new one names the zone."""
    is_same_day = before.short_date == facts.short_date
    is_same_start = is_same_day and before.start == facts.start
    was, now = (before.time, facts.time) if is_same_start else (before.start, facts.start)
    return {
        "was": f"{before.short_date} {was.partition(' ')[0]}",
        "now": now if is_same_day else f"{facts.short_date} {now}",
    }


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
