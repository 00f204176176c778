"""API routes: canonical without a trailing slash, accepted with one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

Endpoint = tuple[str, str, str, Callable[..., Any]]


def api_path(
    route: str, view: Callable[..., HttpResponseBase], *, name: str
) -> tuple[URLPattern, URLPattern]:
    """``route`` and ``route/``. Both respond, because a redirect would lose a POST body."""
    return path(route, view, name=name), path(f"{route}/", view)


def without_slash_twins(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Preprocess the OpenAPI schema: each operation once, under its canonical route."""
    return [endpoint for endpoint in endpoints if not endpoint[0].endswith("/")]
