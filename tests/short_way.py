"""Asking the same by both ways."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.test import Client, override_settings

SHORT_WAY = "cinema_project.fast_path.FastPathMiddleware"


def long_way_client() -> Client:
    """A client of a site without the short way, from its first request on."""
    without = [name for name in settings.MIDDLEWARE if name != SHORT_WAY]
    client = Client()
    with override_settings(MIDDLEWARE=without):
        client.handler.load_middleware()
    return client


def took_the_short_way(response: Any) -> bool:
    """No address was resolved for it."""
    return response.wsgi_request.resolver_match is None


def told(response: Any) -> tuple[int, dict[str, str], Any]:
    """All that a client sees, but for what differs between any two answers."""
    headers = {name: value for name, value in response.items() if name != "RateLimit-Reset"}
    body = response.content
    if b"json" in response.headers["Content-Type"].encode():
        body = json.loads(body)
        if isinstance(body, dict):
            for name in ("id", "expires_at", "server_time"):
                if name in body:
                    body[name] = "…"
    return response.status_code, headers, body
