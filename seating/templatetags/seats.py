"""Seats and the time they are held, in words."""

from __future__ import annotations

from django import template

from seating.models import SeatCategory

register = template.Library()

SECONDS_A_MINUTE = 60


@register.filter
def category_name(category: str) -> str:
    return str(SeatCategory(category).label)


@register.filter
def as_clock(seconds: int) -> str:
    """``4:07``"""
    return f"{seconds // SECONDS_A_MINUTE}:{seconds % SECONDS_A_MINUTE:02d}"
