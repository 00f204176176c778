"""Template filter for money: ``Rp45.000`` in Indonesian, ``Rp45,000`` in English."""

from __future__ import annotations

from babel.numbers import format_currency, get_currency_symbol
from django import template
from django.conf import settings
from django.utils.translation import get_language

register = template.Library()


@register.filter
def rupiah(amount_rupiah: int | None) -> str:
    """Format whole rupiah in the active language; an empty string for None."""
    if amount_rupiah is None:
        return ""
    # Babel's English symbol is "IDR"; price tags in Indonesia say "Rp" in any language.
    symbol = get_currency_symbol(settings.CURRENCY, locale="id")
    return format_currency(
        amount_rupiah,
        settings.CURRENCY,
        format=f"'{symbol}'#,##0",
        locale="id" if (get_language() or "").startswith("id") else "en",
        currency_digits=False,
    )
