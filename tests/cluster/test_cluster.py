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
from ops.runner.data_dir import MARKER
from ops.stores.ports_and_secrets import PortRegistry, SecretFile
from tests.cluster.buyers import Customer, Shop
from tests.cluster.maps import OpenMap
from tests.cluster.pooler import pgbouncer, transactions
from tests.cluster.programs import program
from tests.runtime.processes import descendants, listing, living, wait_until
from tests.runtime.runs import Run, start

pytestmark = pytest.mark.runtime

CUSTOMERS = 3
REQUESTS = 40
WEB, LIVE = "ops.servers.http", "ops.servers.websocket"
# A rate limit that a test can exhaust but many buyers at one address do not.
RATE_LIMIT_FACTOR = 10
FORGED_WEBHOOKS_PER_MINUTE = 30
RIGHT_AGAIN_SECONDS = 5.0


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A cluster whose web and live servers use PgBouncer in transaction mode."""
    program("nginx")
    folder = tmp_path_factory.mktemp("cluster")
    data = folder / "data"
    data.mkdir()
    (data / MARKER).touch()
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
    """An unsold showtime with simulated buyers."""
    shop = Shop(cluster.port, *_free_hall(cluster.port))
    yield shop
    shop.close()


def get(port: int, path: str) -> tuple[int, bytes]:
    return request(port, "GET", path, {})


def request(port: int, method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("localhost", port, timeout=20)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _free_hall(port: int) -> tuple[int, list[int]]:
    """The showtime with the most free seats."""
    _status, body = get(port, "/api/v1/showtimes?limit=40")
    halls = []
    for showtime in json.loads(body)["results"]:
        _status, seats = get(port, f"/api/v1/showtimes/{showtime['id']}/seats")
        free = [
            seat["id"]
            for seat in json.loads(seats)
            if seat["status"] == "available" and seat["category"] != "couple"
        ]
        halls.append((showtime["id"], free))
    return max(halls, key=lambda hall: len(hall[1]))


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
    watched = shop.seat_ids.pop()
    with (
        OpenMap(cluster.port, shop.showtime_id) as one,
        OpenMap(cluster.port, shop.showtime_id) as other,
    ):
        wait_until(lambda: one.status(watched) == other.status(watched) == "available")
        shop.open(CUSTOMERS)
        wait_until(lambda: len(shop.ledger.paid) >= CUSTOMERS)
        for words in (WEB, LIVE):
            os.killpg(_servers(cluster, words)[0], signal.SIGKILL)
        Customer(shop).post(f"/api/v1/showtimes/{shop.showtime_id}/holds", {"seats": [watched]}, {})
        held_at = time.monotonic()
        wait_until(lambda: one.status(watched) == other.status(watched) == "held")
        right_after_seconds = time.monotonic() - held_at
        paid_by_then = len(shop.ledger.paid)
        wait_until(lambda: len(shop.ledger.paid) >= paid_by_then + CUSTOMERS)

    ledger = shop.close()
    assert ledger.gave_up == []  # whoever paid has the tickets
    assert len(ledger.cut_short) <= CUSTOMERS  # whom the dead server was just answering
    assert right_after_seconds < RIGHT_AGAIN_SECONDS
    assert one.connections + other.connections > 2
    assert _invariants(cluster) == ""
    for name in ("web-1", "live-1"):
        assert f"{name} ended (code -9) and is started again" in cluster.output


def test_purchase_goes_through_pgbouncer(cluster: Run, shop: Shop, pooler_url: str) -> None:
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
        timeout=180,
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
