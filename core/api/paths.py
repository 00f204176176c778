"""Addresses of the API: without a slash at the end, and forgiving those who write one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

Endpoint = tuple[str, str, str, Callable[..., Any]]


def api_path(
    route: str, view: Callable[..., HttpResponseBase], *, name: str
) -> tuple[URLPattern, URLPattern]:
    """``route`` and ``route/``. A redirect would lose the body of a POST, so both answer."""
    return path(route, view, name=name), path(f"{route}/", view)


def without_slash_twins(endpoints: list[Endpoint]) -> list[Endpoint]:
    """For the OpenAPI schema: every operation once, under its canonical address."""
    return [endpoint for endpoint in endpoints if not endpoint[0].endswith("/")]
