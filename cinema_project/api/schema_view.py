"""Serves the OpenAPI document."""

from __future__ import annotations

from threading import Lock
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from django.utils import translation
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request


class SchemaView(SpectacularAPIView):
    """The OpenAPI document, rendered once per process for each language and format."""

    _documents: ClassVar[dict[tuple[str, str], HttpResponse]] = {}
    _lock = Lock()  # one generation at a time: it takes most of a second

    @extend_schema(exclude=True)
    def get(self, request: Request, *_args: Any, **_kwargs: Any) -> HttpResponse:
        wanted = request.GET.get("lang", "")
        is_known = wanted in dict(settings.LANGUAGES)
        language = wanted if is_known else str(translation.get_language())
        renderer = request.accepted_renderer
        key = (language, renderer.media_type)
        with self._lock:
            if key not in self._documents:
                with translation.override(language):
                    self._documents[key] = self._rendered(request, renderer)
        kept = self._documents[key]
        return HttpResponse(kept.content, headers=dict(kept.items()))

    def _rendered(self, request: Request, renderer: Any) -> HttpResponse:
        generator = self.generator_class(urlconf=self.urlconf, patterns=self.patterns)
        document = generator.get_schema(  # type: ignore[no-untyped-call]
            request=request, public=self.serve_public
        )
        charset = f"; charset={renderer.charset}" if renderer.charset else ""
        filename = f"{settings.SPECTACULAR_SETTINGS['TITLE']}.{renderer.format}"
        return HttpResponse(
            renderer.render(document, renderer_context={}),
            content_type=f"{renderer.media_type}{charset}",
            headers={"Content-Disposition": f'inline; filename="{filename}"'},
        )
