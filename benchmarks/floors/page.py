"""A constant page behind the product's own middleware, WSGI application and settings."""

from __future__ import annotations

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.urls import path

from core.decorators import private_page


@cache
def _body(size: int) -> bytes:
    return b"x" * size


@private_page
def constant(_request: HttpRequest, size: int) -> HttpResponse:
    return HttpResponse(_body(size))


urlpatterns = [path("<int:size>", constant), path("healthz", constant, {"size": 2})]
