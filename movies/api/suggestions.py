"""Suggestions while a search is typed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from movies.api.base import INVALID, CatalogueView, query_parameter
from movies.api.serializers import Shape
from movies.catalogue.filters import CatalogueFilters
from movies.catalogue.suggestions import SUGGESTIONS_MAX, Kind, Suggestion, suggestions


class SuggestionShape(Shape):
    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    text = serializers.CharField(help_text="In the reader's language.")
    slug = serializers.SlugField()
    path = serializers.CharField(help_text="Page of the website, in the reader's language.")


class SuggestionList(Shape):
    results = SuggestionShape(many=True)


class Suggestions(CatalogueView):
    query = (query_parameter("q", "At least two letters; typos are tolerated."),)

    @extend_schema(
        operation_id="list_suggestions",
        tags=["catalogue"],
        summary=f"Films, cinemas, cities and genres for a search, at most {SUGGESTIONS_MAX}",
        parameters=list(query),
        responses={200: SuggestionList, 422: INVALID},
    )
    def get(self, request: Request) -> HttpResponse:
        """Films, cinemas and cities that match what is typed so far."""
        filters = CatalogueFilters(request.GET, self.catalogue)
        filters.require("text")
        found = suggestions(self.catalogue, filters.text, self.at)
        return self.answer_json({"results": [_represent(each) for each in found]})


def _represent(suggestion: Suggestion) -> dict[str, Any]:
    return {
        "kind": suggestion.kind,
        "text": suggestion.text,
        "slug": suggestion.slug,
        "path": _path(suggestion),
    }


def _path(suggestion: Suggestion) -> str:
    if suggestion.kind is Kind.FILM:
        return reverse("movies:film", args=[suggestion.slug])
    if suggestion.kind is Kind.CINEMA:
        return reverse("movies:cinema", args=[suggestion.slug])
    page = "movies:schedule" if suggestion.kind is Kind.CITY else "movies:films"
    return f"{reverse(page)}?{urlencode({suggestion.kind.value: suggestion.slug})}"
