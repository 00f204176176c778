"""Comparison of the fast path with the whole middleware stack."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.test import Client, override_settings

FAST_PATH = "cinema_project.fast_path.FastPathMiddleware"


def full_stack_client() -> Client:
    """A client of a site without the fast path."""
    without = [name for name in settings.MIDDLEWARE if name != FAST_PATH]
    client = Client()
    with override_settings(MIDDLEWARE=without):
        client.handler.load_middleware()
    return client


def used_fast_path(response: Any) -> bool:
    """Whether the response was served without resolving a URL."""
    return response.wsgi_request.resolver_match is None


def visible(response: Any) -> tuple[int, dict[str, str], Any]:
    """Status, headers and body, without values that differ between any two responses."""
    headers = {name: value for name, value in response.items() if name != "X-Request-ID"}
    if "RateLimit" in headers:
        headers["RateLimit"] = headers["RateLimit"].partition(";t=")[0]
    body = response.content
    if b"json" in response.headers["Content-Type"].encode():
        body = json.loads(body)
        if isinstance(body, dict):
            for name in ("id", "expires_at", "server_time"):
                if name in body:
                    body[name] = "…"
    return response.status_code, headers, body
