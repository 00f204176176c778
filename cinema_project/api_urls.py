"""/api/v1/: the thin twin of the site, for mobile apps."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from cinema_project import problems

# The first that fits is taken: what a sale's rush asks for stands first.
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("seating.api_urls")),
    path("", include("movies.api_urls")),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    path("", include("accounts.api_urls")),
    path("", include("bookings.api_urls")),
    path("<path:unknown>", problems.UnknownAddress.as_view()),
]
