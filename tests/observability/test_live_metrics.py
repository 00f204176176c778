"""Metrics of live servers on machines of their own."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from prometheus_client.parser import text_string_to_metric_families

from cinema_project import websocket_urls
from seating.metrics import SOCKETS

TOKEN = "scrape-me"


@async_to_sync
async def answer_to(path: str, method: str = "GET", **headers: str) -> tuple[Any, bytes]:
    """The start of the response, and its body."""
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [
            (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
        ],
    }
    communicator: Any = ApplicationCommunicator(  # type: ignore[no-untyped-call]
        websocket_urls.monitoring, scope
    )
    start = await communicator.receive_output(timeout=30)
    body = await communicator.receive_output(timeout=30)
    return start, body["body"]


def get(path: str, *, method: str = "GET", authorization: str = "") -> tuple[int, bytes]:
    start, body = answer_to(path, method, authorization=authorization)
    return start["status"], body


def test_live_server_reports_its_sockets_to_the_token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    SOCKETS.inc(2)

    status, body = get("/metrics", authorization=f"Bearer {TOKEN}")

    SOCKETS.dec(2)
    families = {family.name: family for family in text_string_to_metric_families(body.decode())}
    assert status == HTTPStatus.OK
    assert [sample.value for sample in families["layar_live_sockets"].samples] == [2]
    assert not any(name.startswith("layar_up") for name in families)  # no query per scrape


@pytest.mark.parametrize(
    ("token", "method", "authorization"),
    [
        (TOKEN, "GET", ""),
        (TOKEN, "GET", "Bearer wrong"),
        (TOKEN, "POST", f"Bearer {TOKEN}"),
        ("", "GET", "Bearer "),
    ],
)
def test_live_metrics_are_hidden_from_others(
    settings: Any, token: str, method: str, authorization: str
) -> None:
    settings.METRICS_TOKEN = token

    answer = get("/metrics", method=method, authorization=authorization)

    assert answer == (HTTPStatus.NOT_FOUND, b"")


def test_live_server_answers_to_probes() -> None:
    assert get("/healthz") == (HTTPStatus.OK, b"ok\n")


def test_live_server_names_the_request() -> None:
    given, made = (
        dict(answer_to(path, x_request_id=received)[0]["headers"])[b"x-request-id"]
        for path, received in (("/healthz", "balancer-0001"), ("/nothing", "<script>"))
    )

    assert given == b"balancer-0001"
    assert re.fullmatch(b"[0-9a-f]{32}", made)
