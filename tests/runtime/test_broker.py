"""Publishing to a broker that hangs, and a worker whose broker refuses writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from ops.runner.cli import ROOT
from ops.stores.ports_and_secrets import choose_port
from ops.stores.process_guard import ProcessGroup
from ops.stores.valkey import Valkey
from tests.faults.proxies import TcpProxy
from tests.runtime.processes import wait_until

pytestmark = pytest.mark.runtime

PUBLISH = """
import json, time
import cinema_project.wsgi
from cinema_project.celery import app
from kombu.exceptions import KombuError
seconds = []
for _ in range(3):
    began = time.monotonic()
    try:
        app.send_task("reports.tasks.beat", ignore_result=True)
    except KombuError:
        seconds.append(time.monotonic() - began)
print(json.dumps(seconds))
"""


@pytest.fixture
def process_group() -> Iterator[ProcessGroup]:
    process_group = ProcessGroup()
    yield process_group
    process_group.close()


@pytest.fixture
def valkey(tmp_path: Path, process_group: ProcessGroup) -> Iterator[Valkey]:
    valkey = Valkey(tmp_path, choose_port(), "a-password", ephemeral=True)
    child = valkey.start(process_group)
    yield valkey
    process_group.stop(child)


def test_web_process_waits_half_a_second_for_a_hung_broker(valkey: Valkey) -> None:
    proxy = TcpProxy(choose_port(), valkey.port)
    proxy.is_silent = True
    proxy.start()
    broker_url = valkey.url.replace(str(valkey.port), str(proxy.port))
    result = subprocess.run(
        [sys.executable, "-c", PUBLISH],
        env={
            **os.environ,
            "BROKER_URL": broker_url,
            "DJANGO_SETTINGS_MODULE": "cinema_project.settings",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    proxy.close()

    first, *later = json.loads(result.stdout)
    assert first < 0.5
    assert len(later) == 2
    assert max(later) < 0.05  # the circuit is open


def test_worker_survives_a_broker_that_refuses_writes(valkey: Valkey, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    command = [*("-m", "celery", "-A", "cinema_project", "worker", "--loglevel", "INFO")]
    command += ["--concurrency", "1", "--without-gossip", "--without-mingle"]
    environment = {**os.environ, "BROKER_URL": valkey.url}
    environment["DJANGO_SETTINGS_MODULE"] = "cinema_project.settings"
    with log.open("wb") as output:
        worker = subprocess.Popen(
            [sys.executable, *command], env=environment, cwd=ROOT, stdout=output, stderr=output
        )
    client = redis.Redis.from_url(valkey.url)

    def log_lines(text: str) -> int:
        return log.read_text().count(text)

    try:
        wait_until(lambda: log_lines(" ready.") == 1)
        client.config_set("min-replicas-to-write", 1)
        wait_until(lambda: log_lines("NOREPLICAS") >= 2 or worker.poll() is not None)
        client.config_set("min-replicas-to-write", 0)
        wait_until(lambda: log_lines("Connected to") >= 2 or worker.poll() is not None)
        code = worker.poll()
    finally:
        worker.terminate()
        worker.wait(20)
        client.close()

    assert code is None, log.read_text()[-2000:]
