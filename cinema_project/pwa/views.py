"""Web app manifest and service worker."""

from __future__ import annotations

from django.conf import settings
from django.contrib.staticfiles.finders import find
from django.http import FileResponse, HttpRequest, HttpResponseBase, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

MANIFEST_FRESH_SECONDS = 3_600
BACKGROUND = "#0f0c14"
ICON_SIZES = (192, 512)


@require_safe
def manifest(request: HttpRequest) -> HttpResponseBase:
    icons = [
        {"src": static(f"icons/app-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in ICON_SIZES
    ]
    maskable = {"src": static("icons/app-maskable-512.png"), "sizes": "512x512"}
    return JsonResponse(
        {
            "id": "/",
            "name": settings.SITE_NAME,
            "short_name": settings.SITE_NAME,
            "description": _("films, showtimes and seats"),
            "lang": get_language(),
            "start_url": reverse("movies:home"),
            "scope": "/",
            "display": "standalone",
            "background_color": BACKGROUND,
            "theme_color": BACKGROUND,
            "icons": [*icons, maskable | {"type": "image/png", "purpose": "maskable"}],
            "shortcuts": [{"name": _("My bookings"), "url": reverse("bookings:mine")}],
        },
        content_type="application/manifest+json",
        headers={"Cache-Control": f"public, max-age={MANIFEST_FRESH_SECONDS}"},
    )


@require_safe
def service_worker(request: HttpRequest) -> HttpResponseBase:
    """Served from the root, because a worker controls only paths below its own."""
    path = find("js/service-worker.js")
    assert isinstance(path, str)
    return FileResponse(
        open(path, "rb"),
        content_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "no-cache"},
    )
