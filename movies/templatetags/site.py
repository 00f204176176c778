"""Template tags for navigation: language links, the current section, filter links.

They depend on the URL alone, so that a page is the same for every visitor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.utils.translation import get_language

from core.http.languages import in_language
from movies.catalogue.listings import zone_name
from movies.catalogue.records import CinemaRecord

register = template.Library()


@dataclass(frozen=True)
class LanguageLink:
    code: str
    name: str
    url: str
    is_current: bool


@register.simple_tag(takes_context=True)
def language_links(context: dict[str, Any]) -> list[LanguageLink]:
    request = context.get("request")
    path = request.get_full_path() if request else "/"
    current = get_language() or settings.LANGUAGE_CODE
    return [
        LanguageLink(code, name, in_language(path, code), code == current)
        for code, name in settings.LANGUAGES
    ]


@register.simple_tag(takes_context=True)
def section(context: dict[str, Any]) -> str:
    """The first part of the address without its language: ``movies``; of home it is empty."""
    request = context.get("request")
    if request is None:
        return ""
    return in_language(request.path, settings.LANGUAGE_CODE).strip("/").partition("/")[0]


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: Any) -> str:
    """Page URL with its filters (``query`` in the context) and ``changes``; "" removes a filter."""
    query = {name: str(value) for name, value in {**context["query"], **changes}.items() if value}
    path = context["request"].path
    return f"{path}?{urlencode(query)}" if query else str(path)


@register.simple_tag(takes_context=True)
def zone_of(context: dict[str, Any], cinema: CinemaRecord) -> str:
    """Name of the cinema's time zone: WIB, WITA or WIT."""
    return zone_name(cinema, context["at"])
