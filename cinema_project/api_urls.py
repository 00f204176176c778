"""/api/v1/: the thin twin of the site, for mobile apps."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.urls.converters import StringConverter
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from cinema_project import problems


class AnythingConverter(StringConverter):
    """Even a line's end, which ``path`` leaves to the site's pages."""

    regex = r"[\s\S]+"


register_converter(AnythingConverter, "anything")

# The first that fits is taken: what a sale's rush asks for stands first.
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("seating.api_urls")),
    path("", include("bookings.api_urls")),
    path("", include("movies.api_urls")),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    path("", include("accounts.api_urls")),
    path("<anything:unknown>", problems.UnknownAddress.as_view()),
]
