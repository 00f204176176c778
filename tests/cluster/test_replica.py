"""Catalogue and reports from a real streaming replica, without stale reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ops.runner.cli import ROOT
from ops.stores.ports_and_secrets import choose_port
from ops.stores.postgres import Postgres
from ops.stores.process_guard import ProcessGroup
from ops.stores.valkey import Valkey
from tests.cluster.replicas import (
    make_postgres,
    replica_of,
    superuser,
    wait_until_caught_up,
)

pytestmark = pytest.mark.runtime


@dataclass
class Scene:
    """A Layar process with a primary and a replica whose replay can be paused."""

    process: subprocess.Popen[str]
    primary: Postgres
    replica: Postgres
    showtime_id: int = 0
    cinema_id: int = 0

    def do(self, *step: Any) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(step) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, "the process ended; its words are above"
        return json.loads(answer)

    def stand_still(self) -> None:
        superuser(self.replica, "SELECT pg_wal_replay_pause()")

    def go_on(self) -> None:
        superuser(self.replica, "SELECT pg_wal_replay_resume()")
        wait_until_caught_up(self.primary, self.replica)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    data = tmp_path_factory.mktemp("replica")
    process_group = ProcessGroup()
    primary = make_postgres(data)
    valkey = Valkey(data, choose_port(), "a-password", ephemeral=True)
    children = [primary.start(process_group), valkey.start(process_group)]
    try:
        with replica_of(primary, data / "second", process_group) as replica:
            yield from _scene(primary, replica, valkey, data)
    finally:
        for child in children:
            process_group.stop(child)
        process_group.close()


def _scene(primary: Postgres, replica: Postgres, valkey: Valkey, data: Path) -> Iterator[Scene]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.cluster.replica_script"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **inherited,
            "SECRET_KEY": "of this test",
            "DATABASE_URL": primary.url,
            "DATABASE_REPLICA_URL": replica.url,
            "REDIS_URL": valkey.url,
            "LAYAR_DATA": str(data / "var"),
            "ALLOWED_HOSTS": "testserver",
        },
    )
    scene = Scene(process, primary, replica)
    scene.showtime_id, scene.cinema_id = scene.do("prepare")
    try:
        yield scene
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def scene(running: Scene) -> Scene:
    running.go_on()
    running.do("recover")
    running.do("rename", running.cinema_id, "Lama")
    running.go_on()
    running.do("new_entries")  # the required position is known to every process
    return running


def test_catalogue_is_read_from_the_replica(scene: Scene) -> None:
    assert scene.do("new_entries") == [["Lama"], ["replica"]]


def test_reports_are_read_from_the_replica(scene: Scene) -> None:
    assert scene.do("report") == [["Lama"], ["replica"]]


def test_change_is_visible_at_once_although_the_replica_lags(scene: Scene) -> None:
    scene.stand_still()
    scene.do("rename", scene.cinema_id, "Baru")
    while_behind = scene.do("cinemas"), scene.do("report")
    scene.go_on()

    assert while_behind == ([["Baru"], ["default"]], [["Baru"], ["default"]])
    assert scene.do("new_entries") == [["Baru"], ["replica"]]


def test_other_changes_may_be_visible_later(scene: Scene) -> None:
    """Control: the replica really is another database."""
    scene.stand_still()
    scene.do("rename_unseen", scene.cinema_id, "Baru")

    assert scene.do("report") == [["Lama"], ["replica"]]


def test_replica_far_behind_is_not_read(scene: Scene) -> None:
    scene.stand_still()
    superuser(
        scene.primary, "CREATE TABLE much AS SELECT repeat('x', 500) FROM generate_series(1, 20000)"
    )
    superuser(scene.primary, "DROP TABLE much")

    assert scene.do("report") == [["Lama"], ["default"]]


def test_seats_are_read_and_written_at_the_primary(scene: Scene) -> None:
    assert scene.do("hold", scene.showtime_id) == [1, ["default"]]


def test_transaction_reads_its_own_writes(scene: Scene) -> None:
    assert scene.do("in_a_transaction") == ["default"]


def test_unavailable_replica_falls_back_to_the_primary(scene: Scene) -> None:
    pid_file = scene.replica.folder / "postmaster.pid"
    postmaster = int(pid_file.read_text().split()[0])

    met = scene.do("report_while_the_replica_dies", postmaster)
    assert met == [["Lama", "Lama"], ["default", "replica"]]
    assert scene.do("new_entries") == [["Lama"], ["default"]]
    assert scene.do("report") == [["Lama"], ["default"]]
    scene.do("recover")
    assert scene.do("new_entries") == [["Lama"], ["default"]]
