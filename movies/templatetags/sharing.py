"""Template tags for search engines and shared links: metadata of the page and structured data."""

from __future__ import annotations

from typing import Any

import orjson
from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from core.http.languages import in_language
from movies.catalogue import structured_data
from movies.catalogue.listings import MovieListing
from movies.catalogue.records import CinemaRecord, MovieRecord

register = template.Library()

DESCRIPTION_LETTERS_MAX = 160
LOCALES = {"id": "id_ID", "en": "en_GB"}  # of Open Graph
# What must not end the element or begin a comment in it.
JSON_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.inclusion_tag("partials/page_meta.html", takes_context=True)
def page_meta(
    context: dict[str, Any], title: str, description: str, film: MovieRecord | None = None
) -> dict[str, Any]:
    """Description, canonical URL, alternates and Open Graph of a catalogue page.

    Filters do not make another page: the canonical URL is without them.
    """
    path = context["request"].path
    alternates = [
        (code, settings.SITE_URL + in_language(path, code)) for code, _name in settings.LANGUAGES
    ]
    image = reverse("movies:film_image", args=[film.slug]) if film else ""
    language = get_language() or settings.LANGUAGE_CODE
    return {
        "title": title,
        "description": _shortened(description),
        "url": settings.SITE_URL + path,
        "alternates": alternates,
        "default_url": settings.SITE_URL + in_language(path, settings.LANGUAGE_CODE),
        "image_url": settings.SITE_URL + image if image else "",
        "film": film,
        "site_name": settings.SITE_NAME,
        "locale": LOCALES.get(language, language),
        "other_locales": [locale for code, locale in LOCALES.items() if code != language],
    }


@register.simple_tag
def film_data(film: MovieRecord, listings: list[MovieListing]) -> SafeString:
    """JSON-LD of a film with its showtimes on the page."""
    events = [event for each in listings for event in structured_data.screenings(each)]
    return _json_ld([structured_data.movie(film), *events])


@register.simple_tag
def cinema_data(cinema: CinemaRecord, listings: list[MovieListing]) -> SafeString:
    """JSON-LD of a cinema with its showtimes on the page."""
    events = [event for each in listings for event in structured_data.screenings(each)]
    return _json_ld([structured_data.movie_theater(cinema), *events])


def _json_ld(graph: list[dict[str, Any]]) -> SafeString:
    text = orjson.dumps({"@context": "https://schema.org", "@graph": graph}).decode()
    return mark_safe(  # noqa: S308 (JSON, with the characters of markup escaped)
        f'<script type="application/ld+json">{text.translate(JSON_ESCAPES)}</script>'
    )


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    if len(text) <= DESCRIPTION_LETTERS_MAX:
        return text
    return text[: DESCRIPTION_LETTERS_MAX - 1].rsplit(" ", 1)[0] + "…"
