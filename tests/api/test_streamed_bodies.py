"""Bodies without Content-Length (chunked) over a real granian, and JSON that cannot be parsed."""

from __future__ import annotations

import http.client
import io
import json
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.api.tokens import issue_token
from core.api.streamed_bodies import STREAMED_BODY_BYTES_MAX, with_content_length
from ops.stores.ports_and_secrets import LOOPBACK
from seating.models import Hold
from tests.concurrency import servers
from tests.factories import make_showtime, make_user

NESTED = "[" * 50_000  # within every limit of a body
VISITOR = {"X-Visitor": "a-visitor-of-this-test"}


class Api:
    def __init__(self, port: int) -> None:
        self.port = port

    def send_chunked(
        self, method: str, path: str, chunks: list[bytes], headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=20)
        try:
            connection.request(
                method,
                path,
                iter(chunks),
                {"Content-Type": "application/json", "Accept-Language": "en", **(headers or {})},
                encode_chunked=True,
            )
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"null")
        finally:
            connection.close()


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with servers.web_server(tmp_path) as port:
        yield Api(port)


@pytest.mark.django_db(transaction=True)
def test_chunked_bodies_are_read_by_parsers_idempotency_keys_and_webhooks(api: Api) -> None:
    user = make_user(email="rani@example.com", name="Rani")
    token, _expiry = issue_token(user, is_strong=False, at=timezone.now())
    changed = api.send_chunked(
        "PATCH", "/api/v1/me", [b'{"name": ', b'"Ranita"}'], {"Authorization": f"Token {token}"}
    )
    assert (changed[0], changed[1]["name"]) == (200, "Ranita")

    showtime = make_showtime(rows="A", seats_per_row=3)
    seats = list(showtime.seats.order_by("seat_id").values_list("seat_id", flat=True))
    path, keyed = f"/api/v1/showtimes/{showtime.pk}/holds", {**VISITOR, "Idempotency-Key": "one"}
    bodies = [json.dumps({"seats": [seat]}).encode() for seat in seats]
    first = api.send_chunked("POST", path, [bodies[0]], keyed)
    again = api.send_chunked("POST", path, [bodies[0]], keyed)
    other = api.send_chunked("POST", path, [bodies[1]], keyed)
    assert (first[0], again, other[0], other[1]["code"]) == (
        201,
        first,
        422,
        "idempotency_key_reused",
    )
    assert Hold.objects.count() == 1

    oversized = [b" " * 64 * 1024] * (STREAMED_BODY_BYTES_MAX // (64 * 1024)) + [b"{}"]
    refused = api.send_chunked("POST", path, oversized, VISITOR)
    assert (refused[0], refused[1]["code"]) == (413, "too_large")
    webhook = api.send_chunked("POST", "/webhooks/sandbox/", [b"{}"])
    assert webhook[0] == 400


def test_streamed_body_without_an_end_is_refused() -> None:
    """A server that does not terminate ``wsgi.input`` itself."""
    answers: list[tuple[str, str]] = []
    application = with_content_length(lambda environ, start_response: [b"ran"])
    environ = {
        "REQUEST_METHOD": "POST",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "HTTP_X_REQUEST_ID": "of-the-balancer",
    }

    [body] = application(
        environ,
        lambda status, headers: answers.append((status, dict(headers)["X-Request-ID"])),
    )

    assert answers == [("411 Length Required", "of-the-balancer")]
    assert json.loads(body)["code"] == "length_required"


def test_streamed_body_beyond_the_limit_is_refused_before_it_is_parsed() -> None:
    answers: list[str] = []
    application = with_content_length(lambda environ, start_response: [b"ran"])
    source = io.BytesIO(b" " * (2 * STREAMED_BODY_BYTES_MAX))
    environ = {"REQUEST_METHOD": "POST", "wsgi.input": source, "wsgi.input_terminated": True}

    [body] = application(environ, lambda status, headers: answers.append(status))

    assert (answers, json.loads(body)["code"]) == ([f"413 {HTTPStatus(413).phrase}"], "too_large")
    assert source.tell() == STREAMED_BODY_BYTES_MAX + 1


@pytest.mark.django_db
@pytest.mark.parametrize("body", [NESTED, "{", "\ud800".encode("utf-16", "surrogatepass")])
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/auth/token",
        "/webhooks/sandbox/",
        "/webhooks/midtrans/",
        "/webhooks/stripe/",
    ],
)
def test_json_that_cannot_be_parsed_is_a_client_error(
    client: Client, path: str, body: str | bytes
) -> None:
    answer = client.post(path, body, "application/json")

    assert answer.status_code == 400


@pytest.mark.django_db
def test_json_beyond_the_limit_is_too_large(client: Client) -> None:
    answer = client.post("/api/v1/auth/token", " " * 300_000 + "{}", "application/json")

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
