"""The drawn map of the seat map page: rendered once for all visitors who see the same map."""

from __future__ import annotations

from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from seating.seatmap import drawing, state

FRAGMENTS_CACHED_MAX = 50  # about 100 kB each, in each process


def map_fragment(showtime_id: int) -> SafeString:
    """The map in the active language (≤ 1 s old). Raises NotFound."""
    return _render(state.seats_api_bytes(showtime_id), get_language() or "")


@lru_cache(maxsize=FRAGMENTS_CACHED_MAX)
def _render(seats_api_bytes: bytes, language: str) -> SafeString:
    context = {"drawing": drawing.drawing_of(seats_api_bytes)}
    return render_to_string("seating/_map.html", context)
