"""Template tags for seats and the remaining hold time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from seating.models import SeatCategory
from seating.seatmap.drawing import DrawnSeat
from seating.seatmap.labels import CATEGORY_NOTES

register = template.Library()

SECONDS_A_MINUTE = 60
SEATS_CACHED_MAX = 20_000


@register.filter
def category_name(category: str) -> str:
    return str(SeatCategory(category).label)


@register.filter
def category_note(category: str) -> str:
    """Note for a buyer about this kind of seat; empty for ordinary seats."""
    return str(CATEGORY_NOTES.get(category, ""))


@register.filter
def seat_labels(seats: Sequence[Any]) -> str:
    """``B3, B4``"""
    return ", ".join(seat.label for seat in seats)


@register.filter
def as_clock(seconds: int) -> str:
    """``4:07``"""
    return f"{seconds // SECONDS_A_MINUTE}:{seconds % SECONDS_A_MINUTE:02d}"


@register.filter
def as_minutes(seconds: int) -> int:
    return seconds // SECONDS_A_MINUTE


@register.simple_tag
def seat_elements(seats: Sequence[DrawnSeat], is_first_row: bool) -> SafeString:
    """The seats of a row; the very first one of the plan takes the keyboard focus."""
    language = get_language() or ""
    elements = [
        _seat_element(seat, is_first_row and index == 0, language)
        for index, seat in enumerate(seats)
    ]
    return mark_safe("".join(elements))  # noqa: S308 (each was escaped by its template)


@lru_cache(maxsize=SEATS_CACHED_MAX)
def _seat_element(seat: DrawnSeat, is_first: bool, language: str) -> SafeString:
    # A plan has hundreds of seats, few of which change between two requests: rendering each of
    # them took nine tenths of the page's time.
    return render_to_string("seating/_seat.html", {"seat": seat, "is_first": is_first})
