"""The dump of the previous release, migrated to this one, with both versions at work on it."""

from __future__ import annotations

import http.client
import json
import lzma
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from ops.stores import binaries
from ops.stores.ports_and_secrets import LOOPBACK, choose_port
from ops.stores.process_guard import ProcessGroup, Program
from ops.stores.valkey import Valkey
from tests.runtime.processes import wait_until
from tests.upgrades import release

pytestmark = pytest.mark.runtime

HERE = release.ROOT
COMMIT = release.facts()["commit"]
NAME = "layar_upgrade"


@pytest.fixture
def group() -> Iterator[ProcessGroup]:
    group = ProcessGroup()
    yield group
    group.close()


@pytest.fixture
def environment(tmp_path: Path, group: ProcessGroup) -> Iterator[dict[str, str]]:
    """A database restored from the dump, and a Valkey of its own."""
    url = os.environ["DATABASE_URL"]
    own = urlunsplit(urlsplit(url)._replace(path=f"/{NAME}"))
    valkey = Valkey(tmp_path / "valkey", choose_port(), "secret", ephemeral=True)
    child = valkey.start(group)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} (FORCE)")
        connection.execute(f"CREATE DATABASE {NAME}")
        restore = (str(binaries.postgres_folder() / "pg_restore"), "--no-owner", "--exit-on-error")
        dump = lzma.decompress(release.DUMP.read_bytes())
        subprocess.run([*restore, "--dbname", own], input=dump, check=True)
        yield release.variables(own, valkey.url, tmp_path / "data")
        connection.execute(f"DROP DATABASE {NAME} (FORCE)")
    group.stop(child)


@dataclass
class Site:
    """A web server of one version."""

    port: int

    def ask(self, method: str, path: str, visitor: str, body: Any = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=60)
        headers = {"X-Visitor": visitor, "Idempotency-Key": uuid.uuid4().hex}
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, json.loads(content)

    def is_ready(self) -> bool:
        try:
            return self.ask("GET", "/readyz", "")[0] == 200
        except OSError:
            return False


def serve(tree: Path, environment: dict[str, str], group: ProcessGroup, stack: ExitStack) -> Site:
    listening = stack.enter_context(socket.create_server((LOOPBACK, 0)))
    port, descriptor = listening.getsockname()[1], listening.fileno()
    child = group.start(
        Program(
            name="web",
            command=[
                *(sys.executable, "-m", "ops.servers.http"),
                *("--fd", str(descriptor), "--workers", "1"),
            ],
            log=Path(environment["LAYAR_DATA"]) / f"web-{port}.log",
            environment={**os.environ, **environment, "PYTHONPATH": str(tree)},
            rank=10,
            folder=tree,
            inherited=(descriptor,),
        )
    )
    stack.callback(group.stop, child)
    site = Site(port)

    def is_ready() -> bool:
        child.check()
        return site.is_ready()

    wait_until(is_ready)
    return site


def order(hold_at: Site, order_at: Site, showtime: int, seat: int) -> int:
    """Holds at one version and orders at the other; returns the status of the order."""
    visitor = uuid.uuid4().hex
    path = f"/api/v1/showtimes/{showtime}/holds"
    _status, hold = hold_at.ask("POST", path, visitor, {"seats": [seat]})
    wanted = {
        "hold": hold["id"],
        "tickets": [{"seat": seat, "ticket_type": "adult"}],
        "contact": {"name": "Siti", "email": "siti@example.com"},
    }
    return order_at.ask("POST", "/api/v1/bookings", visitor, wanted)[0]


def test_the_release_before_sells_beside_this_one_on_migrated_data(
    environment: dict[str, str], group: ProcessGroup, tmp_path: Path
) -> None:
    if not release.has_code(COMMIT):
        pytest.skip(f"the code of {COMMIT[:7]} is not in this clone")
    before = release.extract(COMMIT, tmp_path / "before")
    known = {name: value for name, value in release.facts().items() if name != "commit"}

    release.manage(HERE, environment, "migrate", "--no-input", "--verbosity", "0")
    migrated = [release.trade(tree, environment, "look") for tree in (before, HERE)]
    showtime = release.trade(before, environment, "open_showtime")
    sold = []
    for buyer, payer in ((before, HERE), (HERE, before)):
        code = release.trade(buyer, environment, "buy", str(showtime))
        sold.append(release.trade(payer, environment, "pay", code))
    with ExitStack() as stack:
        old, new = (serve(tree, environment, group, stack) for tree in (before, HERE))
        maps = [site.ask("GET", f"/api/v1/showtimes/{showtime}/seats", "") for site in (old, new)]
        free = [seat["id"] for seat in maps[0][1] if seat["status"] == "available"]
        orders = [order(old, new, showtime, free[0]), order(new, old, showtime, free[1])]
    checks = [release.manage(tree, environment, "check_invariants") for tree in (before, HERE)]

    assert migrated == [known, known]
    assert sold == ["confirmed", "confirmed"]
    assert (maps[0], orders) == (maps[1], [201, 201])
    assert [check.strip().endswith("invariants hold.") for check in checks] == [True, True]
