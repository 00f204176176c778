"""Failover of Valkey: a killed primary, a replica promoted by real sentinels."""

from __future__ import annotations

import asyncio
import http.client
import itertools
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis
from channels_redis.utils import create_pool
from django.utils import timezone
from kombu import Connection
from kombu.exceptions import OperationalError
from redis import asyncio as redis_asyncio

from cinema_project.settings.database_urls import parse_redis_url
from core.redis import PipelinedConnection, async_client, client
from core.redis.libraries import CacheConnectionFactory, celery_broker, channel_layer_host
from movies.models import Showtime
from ops.stores.ports_and_secrets import LOOPBACK
from ops.stores.process_guard import ProcessGroup, Program
from reports.models import Heartbeat
from reports.monitoring.heartbeat import heartbeat
from reports.monitoring.status import stores
from reports.monitoring.status.check import Light
from seating.live import publisher
from tests.cluster.maps import OpenMap
from tests.cluster.sentinels import Fleet, fleet
from tests.concurrency import racers, servers
from tests.factories import make_showtime
from tests.runtime.processes import wait_until

pytestmark = pytest.mark.runtime

CONVERGED_SECONDS = 10.0
TAPS_BEFORE, TAPS_AFTER = 20, 40
TAP_SECONDS_MAX = 10.0  # on a busy machine; on an idle one each takes milliseconds
PAUSE_SECONDS = 0.05
STOP_SECONDS = 60.0


@pytest.fixture
def sentinel_fleet(tmp_path: Path) -> Iterator[Fleet]:
    with fleet(tmp_path / "fleet") as started:
        yield started


def broker_connection(url: str) -> Connection:
    """As Celery connects."""
    address, options, _encryption = celery_broker(url)
    return Connection(address, transport_options=options)


async def ping_live(url: str) -> list[object]:
    """As the channel layer and the dashboard connect."""
    layer: Any = redis_asyncio.Redis.from_pool(create_pool(channel_layer_host(url)))
    async with layer, async_client(url) as dashboard:
        connected: Any = dashboard
        return [await layer.ping(), await connected.ping()]


def test_every_client_follows_the_sentinels(sentinel_fleet: Fleet) -> None:
    url = parse_redis_url("REDIS_URL", sentinel_fleet.url, 3)
    pipelined = PipelinedConnection(url)
    cache = CacheConnectionFactory({}).connect(url)
    status = client(url)

    def replies() -> list[object] | None:
        """None while there is no primary."""
        try:
            with broker_connection(url) as broker:
                broker.ensure_connection(max_retries=1, interval_start=0, timeout=5)
                channel: Any = broker.default_channel
                channel.client.ping()
            return [
                pipelined.execute("SET", "key", "value"),
                cache.get("key"),
                status.get("key"),
                *asyncio.run(ping_live(url)),
            ]
        except (redis.RedisError, OperationalError):
            return None

    wanted = [b"OK", b"value", b"value", True, True]
    assert replies() == wanted
    sentinel_fleet.kill_primary()
    wait_until(sentinel_fleet.has_failed_over)
    wait_until(lambda: replies() == wanted)
    with redis.Redis.from_url(f"{sentinel_fleet.primary_url}/3") as promoted:
        assert promoted.get("key") == b"value"
    status.close()


@dataclass
class Taps:
    """One visitor after another, who holds a seat and releases it."""

    port: int
    showtime_id: int
    seats: list[int]
    statuses: list[int] = field(default_factory=list)
    slowest_seconds: float = 0.0
    is_over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        for number, seat in enumerate(itertools.cycle(self.seats)):
            if self.is_over.wait(PAUSE_SECONDS):
                return
            visitor = {"X-Visitor": f"{number:032x}"}
            path = f"/api/v1/showtimes/{self.showtime_id}/holds"
            hold = self.ask("POST", path, visitor, json.dumps({"seats": [seat]}).encode())
            if hold:
                self.ask("DELETE", f"/api/v1/holds/{json.loads(hold)['id']}", visitor)

    def ask(self, method: str, path: str, visitor: dict[str, str], body: bytes = b"") -> bytes:
        began = time.monotonic()
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=STOP_SECONDS)
        connection.request(method, path, body, visitor | {"Content-Type": "application/json"})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - began)
        self.statuses.append(response.status)
        return content if response.status == 201 else b""


@contextmanager
def worker_with_beat(logs: Path, environment: dict[str, str]) -> Iterator[None]:
    group = ProcessGroup()
    command = [*(sys.executable, "-m", "celery", "-A", "cinema_project", "worker", "--beat")]
    command += ["--concurrency", "1", "--without-gossip", "--without-mingle", "--schedule"]
    child = group.start(
        Program(
            name="worker",
            command=[*command, str(logs / "schedule"), "--pidfile", ""],
            log=logs / "worker.log",
            environment={**os.environ, **racers.environment(), **environment},
            rank=10,
            folder=servers.ROOT,
        )
    )
    try:
        yield
    finally:
        group.stop(child, timeout_seconds=STOP_SECONDS)
        group.close()


def rows_of(showtime: Showtime) -> dict[int, tuple[int, str]]:
    return {seat.seat_id: (seat.version, seat.status) for seat in showtime.seats.all()}


def seconds_until(happened: Callable[[], bool]) -> float:
    began = time.monotonic()
    wait_until(happened)
    return time.monotonic() - began


@pytest.mark.django_db(transaction=True)
def test_taps_continue_and_maps_converge_when_the_primary_is_killed(
    sentinel_fleet: Fleet, tmp_path: Path, settings: Any
) -> None:
    showtime = make_showtime(rows="ABCDEFGHIJ", seats_per_row=20)
    seats = list(showtime.seats.order_by("seat_id").values_list("seat_id", flat=True))
    environment = {"REDIS_URL": sentinel_fleet.url}
    settings.CACHE_URL, settings.CHANNEL_LAYER_URL, settings.BROKER_URL = (
        parse_redis_url("REDIS_URL", sentinel_fleet.url, database) for database in range(3)
    )
    channel = publisher.redis_channel(publisher.group_name(showtime.pk))

    def beats_after(at: Any) -> bool:
        return Heartbeat.objects.filter(name=heartbeat.WORK, at__gt=at).exists()

    def is_subscribed() -> bool:
        with redis.Redis.from_url(sentinel_fleet.primary_url) as promoted:
            subscribed: list[tuple[bytes, int]] = promoted.pubsub_numsub(channel)
        return subscribed == [(channel.encode(), 1)]

    with (
        servers.web_server(tmp_path, **environment) as port,
        servers.live_server(tmp_path, **environment) as live_port,
        worker_with_beat(tmp_path, environment),
        OpenMap(live_port, showtime.pk) as viewer,
    ):
        taps = Taps(port, showtime.pk, seats)
        tapping = threading.Thread(target=taps.run)
        tapping.start()
        started_at = timezone.now()
        wait_until(lambda: len(taps.statuses) > TAPS_BEFORE and beats_after(started_at))
        sentinel_fleet.kill_primary()
        killed_at, before = timezone.now(), len(taps.statuses)
        wait_until(sentinel_fleet.has_failed_over)
        subscribed_seconds = seconds_until(is_subscribed)
        wait_until(lambda: len(taps.statuses) > before + TAPS_AFTER)
        taps.is_over.set()
        tapping.join()
        converged_seconds = seconds_until(lambda: viewer.statuses == rows_of(showtime))
        wait_until(lambda: beats_after(killed_at))  # beat, broker and worker
        wait_until(lambda: lights() == [Light.GREEN] * 3)  # yellow while a busy machine is slow
        waiting = heartbeat.tasks_waiting()

    assert set(taps.statuses) == {201, 204}
    assert taps.slowest_seconds < TAP_SECONDS_MAX
    assert max(subscribed_seconds, converged_seconds) < CONVERGED_SECONDS
    assert waiting is not None


def lights() -> list[Light]:
    """What the status page shows of the three uses of Redis."""
    return [check().light for check in (stores.cache, stores.channel_layer, stores.broker)]
