"""Every route of the resolver, and the response of one user there as a letter code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase
from django.template import engines
from django.urls import URLPattern, URLResolver, get_resolver

GAP = re.compile(r"<(?:\w+:)?(\w+)>")
NAMED_GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")

LETTERS = {200: "O", 201: "O", 202: "O", 400: "I", 401: "S", 403: "N", 404: "M", 405: "P"}
LETTERS |= {409: "I", 422: "I"}


@dataclass(frozen=True)
class Route:
    pattern: str
    name: str | None

    def path(self, arguments: dict[str, Any]) -> str:
        plain = NAMED_GROUP.sub(lambda found: f"<{found[1]}>", self.pattern)
        plain = plain.replace("^", "").replace("$", "")
        return "/" + GAP.sub(lambda found: str(arguments[found[1]]), plain)


def all_routes() -> list[Route]:
    """Once each; a slash twin of the API is a route of its own."""
    return list(dict.fromkeys(_walk(get_resolver(), "")))


def _walk(resolver: URLResolver, prefix: str) -> Iterator[Route]:
    for pattern in resolver.url_patterns:
        whole = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, whole)
        elif isinstance(pattern, URLPattern):
            yield Route(whole, pattern.name)


def answer(response: HttpResponseBase) -> str:
    """A letter code of ``tests.access.rows``; "?" is a server error."""
    if response.status_code in (301, 302, 303):
        to = response.headers["Location"]
        if "/accounts/login/" in to or to.startswith("/admin/login/"):
            return "S"
        return "M" if to == "/admin/" else "L"
    return LETTERS.get(response.status_code, "?")


class WithoutDrawing:
    """Middleware that answers office pages without rendering them, which takes most of the time."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        self.blank = engines["django"].from_string("")

    def __call__(self, request: Any) -> Any:
        return self.get_response(request)

    def process_template_response(self, request: Any, response: Any) -> Any:
        if request.path.startswith("/admin/"):
            response.template_name = self.blank
        return response
