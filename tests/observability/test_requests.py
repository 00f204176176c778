"""Request ids in responses and error pages; HTTP metrics by route."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from prometheus_client import REGISTRY

from tests.factories import make_showtime

pytestmark = pytest.mark.django_db
ID = "balancer-0001"


def count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/en/", 200),
        ("/healthz", 200),
        ("/no-such-page/", 404),
        ("/api/v1/no-such-resource", 404),
        ("/static/no-such-file.css", 404),
        ("/en/films", 301),
    ],
)
def test_response_names_the_request(client: Client, path: str, status: int) -> None:
    given = client.get(path, headers={"X-Request-ID": ID})
    made = client.get(path)

    assert (given.status_code, given.headers["X-Request-ID"]) == (status, ID)
    assert re.fullmatch("[0-9a-f]{32}", made.headers["X-Request-ID"])


def test_fast_path_names_the_request(client: Client) -> None:
    path = f"/api/v1/showtimes/{make_showtime().pk}/seats"
    ids = [client.get(path, headers={"X-Request-ID": f"{ID}-{n}"}) for n in range(3)]

    assert [response.headers["X-Request-ID"] for response in ids] == [
        f"{ID}-0",
        f"{ID}-1",
        f"{ID}-2",
    ]


def broken(*_args: Any, **_options: Any) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("path", "host", "broken_view", "status"),
    [
        ("/no-such-page/", "localhost", "", 404),
        ("/en/", "evil.example", "", 400),
        ("/en/schedule/", "localhost", "movies.site.views.render", 500),
    ],
)
def test_error_page_shows_the_request_id(
    path: str, host: str, broken_view: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if broken_view:
        monkeypatch.setattr(broken_view, broken)
    client = Client(raise_request_exception=False)
    response = client.get(path, headers={"X-Request-ID": ID, "Host": host})

    assert (response.status_code, response.headers["X-Request-ID"]) == (status, ID)
    assert ID in response.content.decode()


def test_requests_are_counted_by_route_and_status(client: Client) -> None:
    found = {"method": "GET", "route": "healthz", "status": "200"}
    missing = {"method": "GET", "route": "unmatched", "status": "404"}
    other = {"method": "other", "route": "unmatched", "status": "404"}
    names = ("layar_http_requests_total",)
    before = [count(*names, **labels) for labels in (found, missing, other)]
    timed = count("layar_http_request_seconds_count", route="healthz")

    client.get("/healthz")
    client.get("/no-such-page/")
    client.generic("BREW", "/no-such-page/")

    after = [count(*names, **labels) for labels in (found, missing, other)]
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 1]
    assert count("layar_http_request_seconds_count", route="healthz") == timed + 1
