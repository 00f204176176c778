"""What nginx does in front of Layar: real nginx, our configuration, servers that tell."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.proxied import Server, ask, nginx, servers

pytestmark = pytest.mark.runtime

PUBLIC = {"Cache-Control": "public, max-age=10"}
SIGNED_IN: dict[str, Any] = {"Cookie": "sessionid=alice"}
VISITOR: dict[str, Any] = {"Cookie": "layar_visitor=web%3Aalice; csrftoken=secret"}


@pytest.fixture
def web() -> Iterator[list[Server]]:
    with servers(2) as started:
        yield started


@pytest.fixture
def port(tmp_path: Path, web: list[Server]) -> Iterator[int]:
    (tmp_path / "static" / "css").mkdir(parents=True)
    (tmp_path / "media").mkdir()
    addresses = [f"127.0.0.1:{server.port}" for server in web]
    with nginx(tmp_path, addresses, addresses[:1]) as port:
        yield port


def heard(web: list[Server]) -> list[str]:
    return sorted(line for server in web for line in server.heard)


def test_requests_spread_over_the_web_servers(port: int, web: list[Server]) -> None:
    for _ in range(10):
        ask(port, "/bookings/")

    assert [len(server.heard) for server in web] == [5, 5]


def test_client_cannot_name_its_own_address(port: int) -> None:
    told = ask(
        port,
        "/bookings/",
        X_Forwarded_For="6.6.6.6",
        X_Real_IP="6.6.6.6",
        Forwarded="for=6.6.6.6",
        X_Forwarded_Proto="https",
        X_Forwarded_Host="evil.test",
        X_Request_ID="mine",
    ).heard["headers"]

    assert told.pop("X-Request-ID") != "mine"
    assert {name: told[name] for name in told if name.startswith(("X-", "Forw", "Host"))} == {
        "Host": f"layar.test:{port}",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "http",
    }


@pytest.mark.parametrize(
    ("trusted", "expected"), [((), "127.0.0.1"), (("127.0.0.1/32",), "6.6.6.6")]
)
def test_address_told_by_a_proxy_counts_only_where_it_is_trusted(
    tmp_path: Path, web: list[Server], trusted: tuple[str, ...], expected: str
) -> None:
    address = [f"127.0.0.1:{web[0].port}"]
    with nginx(tmp_path, address, address, trusted_proxies=trusted) as port:
        told = ask(port, "/bookings/", X_Forwarded_For="5.5.5.5, 6.6.6.6").heard["headers"]

    assert told["X-Forwarded-For"] == expected


def test_name_that_is_not_ours_hears_nothing(port: int, web: list[Server]) -> None:
    with pytest.raises(ConnectionError):
        ask(port, "/", Host="evil.test")
    assert ask(port, "/healthz", Host="10.0.0.1").body == b"ok\n"
    assert heard(web) == []


def test_catalogue_is_kept_for_everybody(port: int, web: list[Server]) -> None:
    for server in web:
        server.headers = {**PUBLIC, "ETag": '"one"'}
    first = ask(port, "/schedule/?city=jakarta")
    again = ask(port, "/schedule/?city=jakarta", **VISITOR)
    other = ask(port, "/schedule/?city=bandung")
    unchanged = ask(port, "/schedule/?city=jakarta", If_None_Match='"one"')

    assert again.body == first.body != other.body
    assert (unchanged.status, unchanged.body) == (304, b"")
    assert heard(web) == ["GET /schedule/?city=bandung", "GET /schedule/?city=jakarta"]


@pytest.mark.parametrize("path", ["/", "/en/films/", "/api/v1/cinemas", "/showtimes/7/seats.json"])
def test_kept_answer_was_made_without_knowing_anybody(
    port: int, web: list[Server], path: str
) -> None:
    for server in web:
        server.headers = PUBLIC
    first = ask(port, path, **VISITOR).heard

    assert "Cookie" not in first["headers"]
    assert ask(port, path).heard == first


@pytest.mark.parametrize(
    "who",
    [SIGNED_IN, {"Authorization": "Token alice"}, {"X_Visitor": "a" * 16}],
    ids=["session", "token", "visitor"],
)
@pytest.mark.parametrize("path", ["/", "/api/v1/showtimes/7/seats", "/api/v1/cinemas"])
def test_answer_to_one_is_not_given_to_another(
    port: int, web: list[Server], who: dict[str, Any], path: str
) -> None:
    for server in web:
        server.headers = PUBLIC  # as if Layar had said so by mistake
    [(name, value)] = who.items()
    alices = ask(port, path, **who).heard
    anybodys = ask(port, path).heard
    alices_again = ask(port, path, **who).heard

    assert alices["headers"][name.replace("_", "-")] == value
    assert len({alices["number"], anybodys["number"], alices_again["number"]}) == 3


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": "private, max-age=10"},
        {"Cache-Control": "no-store"},
        {},
        {**PUBLIC, "Set-Cookie": "layar_visitor=alice"},
        {**PUBLIC, "Vary": "*"},
    ],
    ids=["private", "no-store", "silent", "cookie", "vary"],
)
def test_what_layar_does_not_call_public_is_not_kept(
    port: int, web: list[Server], headers: dict[str, str]
) -> None:
    for server in web:
        server.headers = headers

    assert [ask(port, "/").heard["number"] for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("path", ["/bookings/", "/showtimes/7/", "/admin/", "/api/v1/bookings"])
def test_other_addresses_are_never_kept(port: int, web: list[Server], path: str) -> None:
    for server in web:
        server.headers = PUBLIC

    assert [ask(port, path).heard["number"] for _ in range(2)] == [1, 2]


def test_each_language_is_kept_apart(port: int, web: list[Server]) -> None:
    for server in web:
        server.headers = {**PUBLIC, "Vary": "Accept-Language"}
    asked = ["id", "en", "id", "en-GB,en;q=0.9", "fr, en;q=0.5", "fr, en;q=0.5", "en"]

    told = [ask(port, "/api/v1/movies", Accept_Language=words).heard for words in asked]

    languages = [each["headers"]["Accept-Language"].split("-")[0].split(",")[0] for each in told]
    assert languages == ["id", "en", "id", "en", "fr", "fr", "en"]


def test_crowd_asks_once(port: int, web: list[Server]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def slow(method: str, path: str) -> int:
        time.sleep(0.3)
        return 200

    for server in web:
        server.headers, server.reply = PUBLIC, slow
    with ThreadPoolExecutor(20) as crowd:
        list(crowd.map(lambda _: ask(port, "/schedule/"), range(20)))

    assert heard(web) == ["GET /schedule/"]


def test_server_that_dies_is_left_alone(port: int, web: list[Server]) -> None:
    web[0].reply = lambda method, path: None

    assert {ask(port, "/bookings/").status for _ in range(12)} == {200}
    assert len(web[0].heard) <= 3


def test_post_that_was_sent_is_not_sent_again(port: int, web: list[Server]) -> None:
    for server in web:
        server.reply = lambda method, path: None
    answer = ask(port, "/api/v1/bookings", "POST", b"{}", Accept_Language="en")

    assert heard(web) == ["POST /api/v1/bookings"]
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert json.loads(answer.body) == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "code": "unavailable",
        "detail": "Layar cannot answer right now. Please try again in a moment.",
    }


def test_refusal_of_layar_is_passed_on_as_it_is(port: int, web: list[Server]) -> None:
    for server in web:
        server.reply = lambda method, path: 503

    assert ask(port, "/api/v1/bookings", "POST", b"{}").heard["path"] == "/api/v1/bookings"


def test_one_client_may_hurry_but_not_flood(tmp_path: Path, web: list[Server]) -> None:
    address = [f"127.0.0.1:{web[0].port}"]
    with nginx(tmp_path, address, address, requests_per_second=1, requests_burst=5) as port:
        answers = [ask(port, "/api/v1/bookings", Accept_Language="en") for _ in range(8)]
        page = ask(port, "/en/bookings/")

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
    assert ask(port, path, "POST", b"x" * size).status == status


@pytest.mark.parametrize(
    ("path", "status"),
    [("/metrics", 404), ("/metrics/", 404), ("/_layar/503.id.json", 404), ("/healthz", 200)],
)
def test_what_is_for_operators_stays_inside(
    port: int, web: list[Server], path: str, status: int
) -> None:
    assert ask(port, path).status == status
    assert heard(web) == []


def test_readiness_is_told_to_this_machine_alone(tmp_path: Path, web: list[Server]) -> None:
    address = [f"127.0.0.1:{web[0].port}"]
    with nginx(tmp_path, address, address, trusted_proxies=("127.0.0.1/32",)) as port:
        assert ask(port, "/readyz").status == 200
        assert ask(port, "/readyz", X_Forwarded_For="6.6.6.6").status == 403


def test_static_files_come_without_layar(tmp_path: Path, port: int, web: list[Server]) -> None:
    name = "layar.0123456789ab.css"
    (tmp_path / "static" / "css" / name).write_text("a{}")
    (tmp_path / "static" / "css" / f"{name}.gz").write_bytes(b"packed before")
    plain, packed = (
        ask(port, f"/static/css/{name}"),
        ask(port, f"/static/css/{name}", Accept_Encoding="gzip"),
    )

    assert (plain.body, packed.body) == (b"a{}", b"packed before")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert plain.headers["Cache-Control"] == "public, max-age=315360000, immutable"
    assert plain.headers["X-Content-Type-Options"] == "nosniff"
    assert heard(web) == []


def test_uploaded_pictures_are_inert(tmp_path: Path, port: int) -> None:
    (tmp_path / "media" / "poster.svg").write_text("<svg/>")
    answer = ask(port, "/media/poster.svg")

    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'"
    )
    for outside in ("/media/../access.log", "/media../access.log", "/media/%2e%2e/access.log"):
        assert ask(port, outside).heard["path"] == outside  # Layar is asked, not the folder


def test_websocket_reaches_the_live_server(port: int, web: list[Server]) -> None:
    upgrade: dict[str, Any] = {"Upgrade": "websocket", "Connection": "Upgrade"}
    socket = ask(port, "/ws/showtimes/7/seats/", Origin="http://layar.test", **upgrade).heard
    page = ask(port, "/bookings/", **upgrade).heard

    wanted = ("Upgrade", "Connection", "Origin")
    assert {name: socket["headers"].get(name) for name in wanted} == {
        "Upgrade": "websocket",
        "Connection": "upgrade",
        "Origin": "http://layar.test",
    }
    assert "Upgrade" not in page["headers"]


def test_log_knows_no_person_and_no_secret(tmp_path: Path, port: int) -> None:
    ask(port, "/b/K7F2/very-secret-token/?utm=1", **SIGNED_IN)
    ask(port, "/accounts/password/reset/key/very-secret/")
    ask(port, "/api/v1/bookings/K7F2?email=budi@example.com")
    time.sleep(0.1)

    lines = [json.loads(line) for line in (tmp_path / "access.log").read_text().splitlines()]
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
    answer: Any = ask(port, "/bookings/", Accept_Encoding="gzip", X_Long="y" * 600)

    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["X-Frame-Options"] == "DENY"
