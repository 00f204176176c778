"""URLs of the REST API, /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.urls.converters import StringConverter
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularSwaggerSplitView

from cinema_project.api.config import Config
from cinema_project.api.live_schema import live_schema
from cinema_project.api.schema_view import SchemaView
from core.api import problem_details
from core.api.paths import api_path


class AnythingConverter(StringConverter):
    """Matches any text including newlines, which the ``path`` converter does not."""

    regex = r"[\s\S]+"


register_converter(AnythingConverter, "anything")

# The first match wins: the routes with the most traffic come first.
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("seating.api.urls")),
    path("", include("bookings.api.urls")),
    path("", include("movies.api.urls")),
    path("", require_safe(RedirectView.as_view(pattern_name="api-docs")), name="api-root"),
    *api_path("config", Config.as_view(), name="api-config"),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("live-schema/", live_schema, name="api-live-schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    path("", include("accounts.api.urls")),
    path("<anything:unknown>", problem_details.UnknownAddress.as_view()),
]
