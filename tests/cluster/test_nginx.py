"""nginx in front of Layar: real nginx, our configuration, recording upstream servers."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.proxied import Server, nginx, received, send
from tests.runtime.processes import wait_until

pytestmark = pytest.mark.runtime


def test_requests_are_balanced(port: int, web: list[Server]) -> None:
    for _ in range(20):
        send(port, "/bookings/")

    # Half each, except that nginx may still count one request as active when the next arrives.
    answered = [len(server.received) for server in web]
    assert (sum(answered), min(answered) >= 5) == (20, True)


def test_client_cannot_forge_its_address(port: int) -> None:
    document = send(
        port,
        "/bookings/",
        X_Forwarded_For="6.6.6.6",
        X_Real_IP="6.6.6.6",
        Forwarded="for=6.6.6.6",
        X_Forwarded_Proto="https",
        X_Forwarded_Host="evil.test",
        X_Request_ID="mine",
    ).received["headers"]

    assert document.pop("X-Request-ID") != "mine"
    assert {
        name: document[name] for name in document if name.startswith(("X-", "Forw", "Host"))
    } == {
        "Host": f"layar.test:{port}",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "http",
    }


@pytest.mark.parametrize(
    ("trusted", "expected"), [((), "127.0.0.1"), (("127.0.0.1/32",), "6.6.6.6")]
)
def test_forwarded_address_is_used_only_from_a_trusted_proxy(
    tmp_path: Path, web: list[Server], trusted: tuple[str, ...], expected: str
) -> None:
    address = [f"127.0.0.1:{web[0].port}"]
    with nginx(tmp_path, address, address, trusted_proxies=trusted) as port:
        document = send(port, "/bookings/", X_Forwarded_For="5.5.5.5, 6.6.6.6").received["headers"]

    assert document["X-Forwarded-For"] == expected


def test_unknown_host_name_gets_no_response(port: int, web: list[Server]) -> None:
    with pytest.raises(ConnectionError):
        send(port, "/", Host="evil.test")
    assert send(port, "/healthz", Host="10.0.0.1").body == b"ok\n"
    assert received(web) == []


def test_stopped_server_gets_no_requests(port: int, web: list[Server]) -> None:
    web[0].reply = lambda method, path: None

    assert {send(port, "/bookings/").status for _ in range(12)} == {200}
    assert len(web[0].received) <= 3


def test_post_is_not_retried_once_sent(port: int, web: list[Server]) -> None:
    for server in web:
        server.reply = lambda method, path: None
    answer = send(port, "/api/v1/bookings", "POST", b"{}", Accept_Language="en")

    assert received(web) == ["POST /api/v1/bookings"]
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert json.loads(answer.body) == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "code": "unavailable",
        "detail": "Layar cannot answer right now. Please try again in a moment.",
    }


def test_error_response_is_passed_through(port: int, web: list[Server]) -> None:
    for server in web:
        server.reply = lambda method, path: 503

    assert send(port, "/api/v1/bookings", "POST", b"{}").received["path"] == "/api/v1/bookings"


def test_client_may_burst_up_to_a_limit(tmp_path: Path, web: list[Server]) -> None:
    address = [f"127.0.0.1:{web[0].port}"]
    with nginx(tmp_path, address, address, requests_per_second=1, requests_burst=5) as port:
        answers = [send(port, "/api/v1/bookings", Accept_Language="en") for _ in range(8)]
        page = send(port, "/en/bookings/")

    assert [answer.status for answer in answers] == [200] * 6 + [429] * 2
    assert json.loads(answers[-1].body)["code"] == "rate_limited"
    assert answers[-1].headers["Content-Type"] == "application/problem+json"
    assert answers[-1].headers["Retry-After"] == "1"
    assert (page.status, page.headers["Content-Type"]) == (429, "text/html; charset=utf-8")
    assert b"Too many requests" in page.body


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/api/v1/bookings", 300_000, 413),
        ("/webhooks/stripe/", 70_000, 413),
        ("/admin/movies/movie/add/", 2_000_000, 200),
        ("/bookings/", 200_000, 200),
    ],
)
def test_bodies_have_a_limit(port: int, path: str, size: int, status: int) -> None:
    assert send(port, path, "POST", b"x" * size).status == status


@pytest.mark.parametrize(
    ("path", "status"),
    [("/metrics", 404), ("/metrics/", 404), ("/_layar/503.id.json", 404), ("/healthz", 200)],
)
def test_operators_paths_are_not_public(
    port: int, web: list[Server], path: str, status: int
) -> None:
    assert send(port, path).status == status
    assert received(web) == []


def test_readyz_is_local_only(tmp_path: Path, web: list[Server]) -> None:
    address = [f"127.0.0.1:{web[0].port}"]
    with nginx(tmp_path, address, address, trusted_proxies=("127.0.0.1/32",)) as port:
        assert send(port, "/readyz").status == 200
        assert send(port, "/readyz", X_Forwarded_For="6.6.6.6").status == 403


def test_static_files_are_served_by_nginx(tmp_path: Path, port: int, web: list[Server]) -> None:
    name = "layar.0123456789ab.css"
    (tmp_path / "static" / "css" / name).write_text("a{}")
    (tmp_path / "static" / "css" / f"{name}.gz").write_bytes(b"packed before")
    plain, packed = (
        send(port, f"/static/css/{name}"),
        send(port, f"/static/css/{name}", Accept_Encoding="gzip"),
    )

    assert (plain.body, packed.body) == (b"a{}", b"packed before")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert plain.headers["Cache-Control"] == "public, max-age=315360000, immutable"
    assert plain.headers["X-Content-Type-Options"] == "nosniff"
    assert received(web) == []


def test_uploaded_images_cannot_run_scripts(tmp_path: Path, port: int) -> None:
    (tmp_path / "media" / "poster.svg").write_text("<svg/>")
    answer = send(port, "/media/poster.svg")

    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'"
    )
    for outside in ("/media/../access.log", "/media../access.log", "/media/%2e%2e/access.log"):
        assert send(port, outside).received["path"] == outside  # not served from the folder


def test_websocket_reaches_the_live_server(port: int, web: list[Server]) -> None:
    upgrade: dict[str, Any] = {"Upgrade": "websocket", "Connection": "Upgrade"}
    socket = send(port, "/ws/showtimes/7/seats/", Origin="http://layar.test", **upgrade).received
    page = send(port, "/bookings/", **upgrade).received

    wanted = ("Upgrade", "Connection", "Origin")
    assert {name: socket["headers"].get(name) for name in wanted} == {
        "Upgrade": "websocket",
        "Connection": "upgrade",
        "Origin": "http://layar.test",
    }
    assert "Upgrade" not in page["headers"]


def test_log_contains_no_personal_data_and_no_secret(tmp_path: Path, port: int) -> None:
    send(port, "/b/K7F2/very-secret-token/?utm=1", Cookie="sessionid=alice")
    send(port, "/accounts/password/reset/key/very-secret/")
    send(port, "/api/v1/bookings/K7F2?email=budi@example.com")
    log = tmp_path / "access.log"
    wait_until(lambda: log.read_text().count("\n") >= 3)

    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["client"], line["path"]) for line in lines] == [
        ("127.0.0.0", "/b/…"),
        ("127.0.0.0", "/accounts/…"),
        ("127.0.0.0", "/api/v1/bookings/…"),
    ]


def test_page_is_compressed_once_and_headers_are_not_doubled(port: int, web: list[Server]) -> None:
    for server in web:
        server.headers = {
            "X-Frame-Options": "DENY",
            "Content-Type": "text/html",
            "X-Filler": "x" * 600,
        }
    answer: Any = send(port, "/bookings/", Accept_Encoding="gzip", X_Long="y" * 600)

    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_response_names_the_request_in_log_and_headers(port: int, web: list[Server]) -> None:
    answers = [send(port, path) for path in ("/", "/", "/static/missing.css", "/bookings/")]
    ids = [answer.headers["X-Request-ID"] for answer in answers]

    assert len(set(ids)) == 4  # a cached response has a request id, too
    assert all(len(each) == 32 for each in ids)
    assert answers[3].received["headers"]["X-Request-ID"] == ids[3]


def test_unfinished_headers_are_dropped_after_ten_seconds(port: int) -> None:
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), 30) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: layar.test\r\nX-Slow: ")
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(100) == b""

    assert 9 < time.monotonic() - began < 15
