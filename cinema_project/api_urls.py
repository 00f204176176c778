"""/api/v1/: the thin twin of the site, for mobile apps."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.urls.converters import StringConverter
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView
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
    path("", require_safe(RedirectView.as_view(pattern_name="api-docs")), name="api-root"),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    path("", include("accounts.api_urls")),
    path("<anything:unknown>", problems.UnknownAddress.as_view()),
]
