"""Template filters for film data: translated languages, countries and age classes."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from django import template
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from movies.models import Classification

register = template.Library()

CLASSIFICATION_MEANINGS: dict[str, str | Promise] = {
    Classification.SU: _("For all ages. Children are welcome."),
    Classification.R13: _("For 13 and over. Younger children only with a parent."),
    Classification.D17: _("For 17 and over. Please bring an identity card; we ask at the door."),
    Classification.D21: _("For 21 and over. Please bring an identity card; we ask at the door."),
}
# Used as a film's language; listed here so that it is translated.
NO_DIALOGUE = _("No dialogue")


@lru_cache(maxsize=2)
def _english_names(kind: str) -> dict[str, str]:
    """English name → code, of languages or territories."""
    return {name: code for code, name in getattr(Locale("en"), kind).items()}


def _local_name(kind: str, english: str) -> str:
    code = _english_names(kind).get(english)
    if code is None:
        return gettext(english) if english else ""
    reader = Locale("id" if (get_language() or "").startswith("id") else "en")
    return str(getattr(reader, kind).get(code, english))


@register.filter
def language_name(english: str) -> str:
    """``Indonesian`` → ``Indonesia`` for Indonesian readers; unknown names stay as they are."""
    return _local_name("languages", english)


@register.filter
def country_name(english: str) -> str:
    return ", ".join(_local_name("territories", part.strip()) for part in english.split(","))


@register.filter
def classification_meaning(code: str) -> str:
    return str(CLASSIFICATION_MEANINGS.get(code, ""))
