"""`bin/cluster` end to end: real nginx, two web and two live servers, real sales."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ops.runner.cli import ROOT
from ops.stores.ports_and_secrets import PortRegistry, SecretFile
from tests.cluster.buyers import Customer, Shop
from tests.cluster.maps import OpenMap
from tests.cluster.pooler import pgbouncer, transactions
from tests.cluster.programs import program
from tests.runtime.prepared import prepared
from tests.runtime.processes import (
    child_named,
    descendants,
    listing,
    living,
    started_at,
    wait_until,
)
from tests.runtime.runs import Run, start

pytestmark = pytest.mark.runtime

CUSTOMERS = 3
REQUESTS = 40
SHOWTIMES = 6  # enough seats for a restart that takes minutes on a busy machine
NOT_SOLD_ALONE = ("couple", "companion")
# The sandbox bank runs on ops.servers.http too, with a port of its own instead of a socket.
WEB, LIVE = "ops.servers.http --fd", "ops.servers.websocket"
# A rate limit that a test can exhaust but many buyers at one address do not.
RATE_LIMIT_FACTOR = 10
FORGED_WEBHOOKS_PER_MINUTE = 30
RIGHT_AGAIN_SECONDS = 30.0  # below one on an idle machine


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A cluster whose web and live servers use PgBouncer in transaction mode."""
    program("nginx")
    folder = tmp_path_factory.mktemp("cluster")
    data = prepared(folder / "data", demo=True)
    port = PortRegistry(data / "ports.json").port("postgres")
    password = SecretFile(data / "secrets.json").password("postgres")
    with pgbouncer(folder / "pgbouncer", port, password) as url:
        yield from _running(data, url)


def _running(data: Path, pooler_url: str) -> Iterator[Run]:
    run = start(
        data,
        environment={
            "RATE_LIMIT_FACTOR": str(RATE_LIMIT_FACTOR),
            "DATABASE_PGBOUNCER_URL": pooler_url,
        },
        module="ops.cluster",
    )
    try:
        run.wait_until_ready()
        yield run
    finally:
        started = descendants(run.process.pid)
        if run.process.poll() is None:
            run.interrupt()
        run.output_file.unlink()
        assert living(started) == set()


@pytest.fixture
def pooler_url(cluster: Run) -> str:
    [server] = _servers(cluster, WEB)[:1]
    variables = Path(f"/proc/{server}/environ").read_text().split("\0")
    return dict(line.split("=", 1) for line in variables if line)["DATABASE_PGBOUNCER_URL"]


@pytest.fixture
def shop(cluster: Run) -> Iterator[Shop]:
    """Free seats with simulated buyers."""
    shop = Shop(cluster.port, _free_seats(cluster.port))
    yield shop
    shop.close()


def get(port: int, path: str) -> tuple[int, bytes]:
    return request(port, "GET", path, {})


def request(port: int, method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("localhost", port, timeout=120)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _free_seats(port: int) -> list[tuple[int, int]]:
    """The free seats of ``SHOWTIMES`` showtimes, those of the emptiest last."""
    _status, body = get(port, "/api/v1/showtimes?limit=40")
    showtimes = []
    for showtime in json.loads(body)["results"]:
        _status, seats = get(port, f"/api/v1/showtimes/{showtime['id']}/seats")
        free = [
            (showtime["id"], seat["id"])
            for seat in json.loads(seats)
            if seat["status"] == "available" and seat["category"] not in NOT_SOLD_ALONE
        ]
        showtimes.append(free)
    emptiest = sorted(showtimes, key=len)[-SHOWTIMES:]
    return [seat for seats in emptiest for seat in seats]


def _upstreams(run: Run) -> Counter[str]:
    lines = (run.data / "logs" / "nginx.log").read_text().splitlines()
    answers = [json.loads(line) for line in lines if line.startswith("{")]
    return Counter(answer["upstream"] for answer in answers if answer["upstream"])


def _servers(run: Run, words: str) -> list[int]:
    children = listing().items()
    return sorted(
        number
        for number, (parent, command) in children
        if parent == run.process.pid and words in command
    )


def _invariants(run: Run) -> str:
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    checked = subprocess.run(
        [sys.executable, "manage.py", "check_invariants"],
        cwd=ROOT,
        env={**environment, "LAYAR_DATA": str(run.data)},
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if checked.returncode == 0 else checked.stdout + checked.stderr


def test_nginx_starts_once_every_server_answers(cluster: Run) -> None:
    """The first test of the cluster: others replace its processes."""
    statuses = {request(cluster.port, "POST", "/api/v1/bookings", {})[0] for _ in range(REQUESTS)}
    servers = {*_servers(cluster, WEB), *_servers(cluster, LIVE)}
    processes = servers.union(*(descendants(server) for server in servers))
    nginx = child_named(cluster.process.pid, "nginx")

    assert max(statuses) < 500  # refused by the site: nginx counts no server as failed
    assert len(processes) >= 8
    assert started_at(nginx) > max(started_at(process) for process in processes)


def test_requests_are_balanced_over_the_web_servers(cluster: Run) -> None:
    before = _upstreams(cluster)
    for _ in range(REQUESTS):
        assert get(cluster.port, "/accounts/login/")[0] == 200
    wait_until(lambda: (_upstreams(cluster) - before).total() >= REQUESTS)

    answered = _upstreams(cluster) - before
    assert (len(answered), answered.total()) == (2, REQUESTS)
    # Half each, except that nginx may still count one request as active when the next arrives.
    assert min(answered.values()) >= REQUESTS // 4


def test_rate_limit_ignores_a_forged_client_address(cluster: Run) -> None:
    limit = FORGED_WEBHOOKS_PER_MINUTE * RATE_LIMIT_FACTOR
    statuses = Counter(
        request(
            cluster.port,
            "POST",
            "/webhooks/sandbox/",
            {"X-Forwarded-For": f"6.6.{number // 250}.{number % 250}"},
        )[0]
        for number in range(limit + limit // 4)
    )

    assert statuses[400] >= limit
    assert statuses[429] > 0
    assert set(statuses) == {400, 429}


def test_killed_servers_lose_no_booking_and_maps_recover(cluster: Run, shop: Shop) -> None:
    showtime_id, watched = shop.seats.pop()
    with (
        OpenMap(cluster.port, showtime_id) as one,
        OpenMap(cluster.port, showtime_id) as other,
    ):
        wait_until(lambda: one.status(watched) == other.status(watched) == "available")
        shop.open(CUSTOMERS)
        wait_until(lambda: len(shop.ledger.paid) >= CUSTOMERS)
        for words in (WEB, LIVE):
            os.killpg(_servers(cluster, words)[0], signal.SIGKILL)
        Customer(shop).post(f"/api/v1/showtimes/{showtime_id}/holds", {"seats": [watched]}, {})
        held_at = time.monotonic()
        wait_until(lambda: one.status(watched) == other.status(watched) == "held")
        right_after_seconds = time.monotonic() - held_at
        paid_by_then = len(shop.ledger.paid)
        wait_until(lambda: len(shop.ledger.paid) >= paid_by_then + CUSTOMERS)

    ledger = shop.close()
    assert ledger.gave_up == []  # every paid booking has its tickets
    assert len(ledger.cut_short) <= CUSTOMERS  # requests in progress at the killed server
    assert right_after_seconds < RIGHT_AGAIN_SECONDS
    assert one.connections + other.connections > 2
    assert _invariants(cluster) == ""
    for name in ("web-1", "live-1"):
        assert f"{name} ended (code -9) and is started again" in cluster.output


def test_purchase_uses_pgbouncer(cluster: Run, shop: Shop, pooler_url: str) -> None:
    before = transactions(pooler_url)
    shop.open(1)
    wait_until(lambda: len(shop.ledger.paid) >= 1)
    ledger = shop.close()

    assert (ledger.gave_up, ledger.failures) == ([], [])
    assert transactions(pooler_url) - before > 10


def test_timeouts_apply_through_pgbouncer(cluster: Run, pooler_url: str) -> None:
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    with psycopg.connect(pooler_url, autocommit=True, prepare_threshold=None) as connection:
        found = [connection.execute(f"SHOW {name}".encode()).fetchone() for name in names]
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(6)")

    assert found == [("250ms",), ("5s",), ("10s",)]


def test_rolling_restart_drops_no_request(cluster: Run, shop: Shop) -> None:
    before = {*_servers(cluster, WEB), *_servers(cluster, LIVE)}
    shop.pause_seconds = 0.6
    shop.open(CUSTOMERS)
    wait_until(lambda: len(shop.ledger.paid) >= CUSTOMERS)

    restart = subprocess.run(
        [sys.executable, "-m", "ops.cluster", "restart", "--data", str(cluster.data)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    paid_by_then = len(shop.ledger.paid)
    wait_until(lambda: len(shop.ledger.paid) >= paid_by_then + CUSTOMERS)
    ledger = shop.close()

    assert restart.stdout == "web, live, worker and beat were replaced\n", restart.stdout
    after = {*_servers(cluster, WEB), *_servers(cluster, LIVE)}
    assert (len(after), before & after) == (4, set())
    assert (ledger.failures, ledger.gave_up, ledger.cut_short) == ([], [], [])
    assert set(ledger.answers) == {200, 201, 303}
    assert _invariants(cluster) == ""


def test_restart_without_a_cluster_is_an_error(tmp_path: Path) -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "ops.cluster", "restart", "--data", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert asked.returncode == 1
    assert f"no cluster runs on {tmp_path}" in asked.stdout
