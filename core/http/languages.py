"""Paths of the site's languages."""

from __future__ import annotations

from django.conf import settings


def in_language(path: str, code: str) -> str:
    """Return ``path`` (with its query) in language ``code``; the default language has no prefix."""
    path = f"/{path.lstrip('/')}"  # never "//host": browsers treat that as another site
    for other, _name in settings.LANGUAGES:
        prefix = f"/{other}/"
        if path.startswith(prefix):
            path = "/" + path[len(prefix) :].lstrip("/")
            break
    return path if code == settings.LANGUAGE_CODE else f"/{code}{path}"
