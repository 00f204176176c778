"""Complete cached responses of the WSGI application equal Django's, header by header."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from django.conf import settings as project_settings
from django.test import Client, RequestFactory
from prometheus_client import REGISTRY

from cinema_project.cached_responses import Environ, with_cached_responses
from movies.catalogue import free_seats
from seating.seatmap import state
from tests.factories import make_showtime
from tests.fast_path import full_stack_client, visible
from tests.movies.chain import Chain

pytestmark = pytest.mark.django_db

PAGES = [
    "/",
    "/en/",
    "/schedule/?city=jakarta",
    "/en/films/hujan/",
    "/api/v1/showtimes?movie=hujan",
]


class Server:
    """The WSGI application in front of a stand-in for Django that records calls."""

    def __init__(self) -> None:
        self.application = with_cached_responses(self._django)
        self.asked: list[str] = []

    def get(self, address: str, **environ: Any) -> tuple[int, dict[str, str], bytes] | None:
        """Status, headers and body of the cached response; None if Django was called."""
        answered: list[tuple[str, list[tuple[str, str]]]] = []
        request = RequestFactory().get(address, **environ)
        body = self.application(request.environ, lambda *head: answered.append(head))
        if not answered:
            return None
        status, headers = answered[0]
        return int(status.split()[0]), dict(headers), b"".join(body)

    def _django(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        self.asked.append(environ["PATH_INFO"])
        return []


def keep(address: str, **form: Any) -> Any:
    """Response of Django, which caches it."""
    client = Client(**form)
    client.get(address)
    return client.get(address)


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["id", "en"])
def test_cached_page_is_sent_without_django(
    chain: Chain, address: str, language: str, django_assert_num_queries: Any
) -> None:
    keep(address, headers={"Accept-Language": language})
    expected = full_stack_client().get(address, headers={"Accept-Language": language})
    server = Server()

    with django_assert_num_queries(0):
        sent = server.get(address, HTTP_ACCEPT_LANGUAGE=language)

    assert sent is not None
    status, headers, body = sent
    assert len(headers.pop("X-Request-ID")) == 32
    assert (status, headers, body) == (200, visible(expected)[1], expected.content)
    assert server.asked == []


def test_cached_map_is_sent_until_it_changes() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    address = f"/api/v1/showtimes/{showtime.pk}/seats"
    server = Server()
    before = server.get(address)
    kept = keep(address)

    sent = server.get(address)
    state.invalidate(showtime.pk)

    assert sent is not None
    assert (before, sent[2], server.get(address)) == (None, kept.content, None)
    assert {**sent[1], "X-Request-ID": ""} == {**dict(kept.items()), "X-Request-ID": ""}


def test_page_is_left_to_django_when_free_seats_are_due_to_be_counted(chain: Chain) -> None:
    keep("/")
    free_seats.invalidate()

    assert Server().get("/") is None


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_AUTHORIZATION": "Token x"},
        {"HTTP_IF_NONE_MATCH": "*"},
        {"HTTP_RANGE": "bytes=0-1"},
        {"HTTP_X_FORWARDED_HOST": "evil.example"},
        {"HTTP_HOST": "evil.example"},
        {"HTTP_COOKIE": f"{project_settings.SESSION_COOKIE_NAME}=x"},
        {"HTTP_COOKIE": f"{project_settings.LANGUAGE_COOKIE_NAME}=en"},
        {"REQUEST_METHOD": "HEAD"},
        {"REQUEST_METHOD": "POST"},
        {"SCRIPT_NAME": "/below"},
        {"QUERY_STRING": "&".join(f"q{number}=1" for number in range(2_000))},
        {"QUERY_STRING": "city=surabaya"},
        {"wsgi.url_scheme": "https"},
    ],
)
def test_anything_unusual_is_left_to_django(chain: Chain, environ: dict[str, str]) -> None:
    keep("/")
    server = Server()

    assert server.get("/") is not None
    assert (server.get("/", **environ), len(server.asked)) == (None, 1)


def test_scheme_is_the_proxys_where_it_is_trusted(chain: Chain, settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS = 60
    keep("/", headers={"X-Forwarded-Proto": "https"})

    secure = Server().get("/", HTTP_X_FORWARDED_PROTO="https")

    assert secure is not None
    assert secure[1]["Strict-Transport-Security"] == "max-age=60"
    assert Server().get("/") is None


def test_plain_http_is_left_to_django_to_redirect(chain: Chain, settings: Any) -> None:
    keep("/")
    settings.SECURE_SSL_REDIRECT = True

    assert Server().get("/") is None


def test_cached_response_is_named_and_counted(chain: Chain) -> None:
    keep("/")
    labels = {"method": "GET", "route": "fast path", "status": "200"}
    before = REGISTRY.get_sample_value("layar_http_requests_total", labels) or 0

    sent = Server().get("/", HTTP_X_REQUEST_ID="from-the-balancer")

    assert sent is not None
    assert sent[1]["X-Request-ID"] == "from-the-balancer"
    assert REGISTRY.get_sample_value("layar_http_requests_total", labels) == before + 1
