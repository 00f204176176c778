"""Shared by the catalogue's views: parameters, and responses from the page cache."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from core.api.views import ApiView
from movies.catalogue import page_cache
from movies.catalogue.catalogue import Catalogue
from movies.catalogue.filters import CatalogueFilters
from movies.catalogue.records import CinemaRecord, MovieRecord

# Problem documents are described by cinema_project.api.openapi.
NOT_FOUND = OpenApiResponse(OpenApiTypes.OBJECT, "There is no such thing.")
INVALID = OpenApiResponse(OpenApiTypes.OBJECT, "A filter has an impossible value; see errors.")


def query_parameter(name: str, description: str, **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, description=description, **options)


CITY = query_parameter("city", "Slug of a city, from `cinemas`.")
SINCE = OpenApiParameter(
    "updated_since",
    OpenApiTypes.DATETIME,
    description="Only what changed since then: the `server_time` of `GET config` that was read "
    "before the last synchronisation. Some entries may come a second time.",
)
# A transaction may commit this long after the time that its rows got.
SYNCHRONISATION_OVERLAP = timedelta(seconds=60)


def is_changed(record: CinemaRecord | MovieRecord, filters: CatalogueFilters) -> bool:
    since = filters.updated_since
    return since is None or record.updated_at >= since - SYNCHRONISATION_OVERLAP


class CatalogueView(ApiView):
    """A GET view whose responses are cached by ``page_cache``."""

    authentication_classes = ()
    is_conditional = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD") or self.unknown_parameters(request):
            return super().dispatch(request, *args, **kwargs)
        self.at = timezone.now()
        return page_cache.answer(
            request, self.at, lambda catalogue: self._fresh(catalogue, request)
        )

    def _fresh(self, catalogue: Catalogue, request: HttpRequest) -> HttpResponseBase:
        self.catalogue = catalogue
        return super().dispatch(request, *self.args, **self.kwargs)

    def answer_json(self, data: Any) -> HttpResponse:
        return HttpResponse(orjson.dumps(data), content_type="application/json")
