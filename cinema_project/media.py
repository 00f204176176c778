"""Uploaded files, where no web server in front of us serves them."""

from __future__ import annotations

from csp.constants import NONE, UNSAFE_INLINE
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.static import serve

MEDIA_MAX_AGE_SECONDS = 24 * 60 * 60
NAME_LENGTH_MAX = 255  # of a file system; Django makes its own shorter
INERT = {"default-src": [NONE], "style-src": [UNSAFE_INLINE]}


def serve_media(request: HttpRequest, name: str) -> HttpResponseBase:
    if len(name) > NAME_LENGTH_MAX:
        raise Http404
    response = serve(request, name, document_root=str(settings.MEDIA_ROOT))
    response.headers["Cache-Control"] = f"public, max-age={MEDIA_MAX_AGE_SECONDS}"
    # A picture may be SVG: shown in a page it is inert, opened by itself it must be too.
    # django-csp reads this attribute; its own decorator sets it the same way.
    setattr(response, "_csp_replace", INERT)  # noqa: B010
    return response
