"""A database server that hangs is detected within seconds and not used until it responds."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.db.utils import load_backend

from core.db.backend.watch import watch_of
from ops.stores.ports_and_secrets import choose_port
from ops.stores.postgres import Postgres
from ops.stores.process_guard import ProcessGroup
from tests.runtime.processes import descendants, wait_until

pytestmark = pytest.mark.runtime

NOTICED_SECONDS = 20.0  # 4 on an idle machine
RESPONSE_SECONDS = 60.0
ALIAS = "hung"


@pytest.fixture
def postgres(tmp_path: Path, django_db_blocker: Any) -> Iterator[tuple[Postgres, int]]:
    group = ProcessGroup()
    server = Postgres(tmp_path, choose_port(), "superuser", "password", ephemeral=True)
    child = server.start(group)
    with django_db_blocker.unblock():
        yield server, child.process.pid
    group.stop(child)
    group.close()


def connect(server: Postgres) -> Any:
    settings = {
        "ENGINE": "core.db.backend",
        "NAME": "layar",
        "USER": "layar",
        "PASSWORD": server.password,
        "HOST": str(server.socket_folder),
        "PORT": str(server.port),
        "OPTIONS": {"connect_timeout": 3},
        "RESPONSE_SECONDS": RESPONSE_SECONDS,
        "TIME_ZONE": None,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
        "AUTOCOMMIT": True,
        "ATOMIC_REQUESTS": False,
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }
    wrapper = load_backend("core.db.backend").DatabaseWrapper(settings, ALIAS)
    connections[ALIAS] = wrapper
    return wrapper


def query(server: Postgres, text: str) -> tuple[float, str]:
    """Duration of the query, and its error."""
    database, began = connect(server), time.monotonic()
    error = ""
    try:
        with database.cursor() as cursor:
            cursor.execute(text)
    except OperationalError as raised:
        error = str(raised).strip()
    database.close()
    return time.monotonic() - began, error


def test_hung_server_is_noticed_and_used_again_when_it_answers(
    postgres: tuple[Postgres, int],
) -> None:
    server, main_process = postgres
    results: list[tuple[float, str]] = []
    slow = threading.Thread(target=lambda: results.append(query(server, "SELECT pg_sleep(2.5)")))
    slow.start()
    slow.join()
    waiting = threading.Thread(target=lambda: results.append(query(server, "SELECT pg_sleep(40)")))
    waiting.start()
    time.sleep(0.5)
    stopped = [main_process, *descendants(main_process)]
    for process_id in stopped:
        os.kill(process_id, signal.SIGSTOP)
    waiting.join()
    later = [query(server, "SELECT 1") for _ in range(5)]
    for process_id in stopped:
        os.kill(process_id, signal.SIGCONT)
    wait_until(lambda: query(server, "SELECT 1")[1] == "")

    (slow_seconds, slow_error), (hung_seconds, hung_error) = results
    assert (slow_seconds > 2.4, slow_error) == (True, "")  # slow, but not hung
    assert hung_error
    assert hung_seconds < NOTICED_SECONDS
    assert {error for _, error in later} == {"the server hangs"}
    assert min(seconds for seconds, _ in later) < 0.5  # of several, on a busy machine


def test_processes_watch_their_own_servers() -> None:
    assert watch_of({"host": "a"}) is watch_of({"host": "a"})
    assert watch_of({"host": "a"}) is not watch_of({"host": "b"})
