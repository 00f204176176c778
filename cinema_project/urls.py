"""Root URL configuration: API, webhooks, admin, and the translated site."""

from __future__ import annotations

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from cinema_project import media
from cinema_project.observability import health, metrics
from cinema_project.pwa import app_links
from cinema_project.pwa import views as pwa
from movies.site import crawlers

# The first match wins: the routes with the most traffic come first.
handler400 = "cinema_project.observability.requests.bad_request"
handler500 = "cinema_project.observability.requests.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("cinema_project.api.urls")),
    path("webhooks/", include("bookings.settlement.urls")),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("robots.txt", crawlers.robots, name="robots"),
    path("sitemap.xml", crawlers.sitemap, name="sitemap"),
    path(".well-known/security.txt", crawlers.security, name="security"),
    path(".well-known/assetlinks.json", app_links.android, name="assetlinks"),
    path(".well-known/apple-app-site-association", app_links.apple, name="apple_app_links"),
    path("metrics", metrics.metrics, name="metrics"),
    path("admin/", include("reports.urls")),
    path("admin/board/", include("bookings.schedule_board.urls")),
    path("admin/", admin.site.urls),
    path("service-worker.js", pwa.service_worker, name="service_worker"),
    path("media/<path:name>", media.serve_media, name="media"),
    *i18n_patterns(
        path("manifest.webmanifest", pwa.manifest, name="manifest"),
        path("", include("accounts.urls")),
        path("accounts/", include("allauth.urls")),
        path("", include("movies.site.urls")),
        path("", include("seating.site.urls")),
        path("", include("bookings.site.urls")),
        prefix_default_language=False,
    ),
]
if settings.SANDBOX_ENABLED:
    urlpatterns.insert(0, path("sandbox/", include("sandbox_bank.urls")))
