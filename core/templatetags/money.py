"""Money as people read it: ``Rp45.000`` in Indonesian, ``Rp45,000`` in English."""

from __future__ import annotations

from babel.numbers import format_currency, get_currency_symbol
from django import template
from django.conf import settings
from django.utils.translation import get_language

register = template.Library()


@register.filter
def rupiah(amount_rupiah: int | None) -> str:
    """A whole amount of rupiah in the reader's way of writing it; nothing for no amount."""
    if amount_rupiah is None:
        return ""
    # English readers know "Rp" from every price tag here; Babel's English would say "IDR".
    symbol = get_currency_symbol(settings.CURRENCY, locale="id")
    return format_currency(
        amount_rupiah,
        settings.CURRENCY,
        format=f"'{symbol}'#,##0",
        locale="id" if (get_language() or "").startswith("id") else "en",
        currency_digits=False,
    )
