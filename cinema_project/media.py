"""Uploaded files, where no web server in front of us serves them."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.views.static import serve

MEDIA_MAX_AGE_SECONDS = 24 * 60 * 60


def serve_media(request: HttpRequest, name: str) -> HttpResponseBase:
    response = serve(request, name, document_root=settings.MEDIA_ROOT)
    response.headers["Cache-Control"] = f"public, max-age={MEDIA_MAX_AGE_SECONDS}"
    # A picture may be SVG: shown in a page it is inert, opened by itself it must be too.
    response._csp_replace = {"default-src": ["'none'"], "style-src": ["'unsafe-inline'"]}  # type: ignore[attr-defined]  # django-csp's own hook
    return response
