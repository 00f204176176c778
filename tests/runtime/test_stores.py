"""The embedded PostgreSQL and Valkey, started for real."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import psycopg
import pytest
import redis

from ops.stores import binaries, ephemeral_stores, server_user
from ops.stores.errors import NotReady, StartError
from ops.stores.ports_and_secrets import choose_port
from ops.stores.postgres import Postgres
from ops.stores.process_guard import ProcessGroup, Program
from ops.stores.valkey import Valkey
from tests.runtime.processes import descendants, listing, living, wait_until

pytestmark = pytest.mark.runtime


@pytest.fixture
def process_group() -> Iterator[ProcessGroup]:
    process_group = ProcessGroup()
    yield process_group
    process_group.close()


def make_postgres(data: Path, *, ephemeral: bool = True) -> Postgres:
    return Postgres(data, choose_port(), "superuser's", "ours & äöü/@", ephemeral=ephemeral)


def test_ephemeral_stores_work_and_leave_nothing() -> None:
    with ephemeral_stores() as environment:
        with psycopg.connect(environment["DATABASE_URL"]) as connection:
            facts = connection.execute(
                "SELECT current_setting('server_version_num')::int / 10000, current_user,"
                " current_database(), rolsuper, rolcreatedb, current_setting('server_encoding')"
                " FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
        client = redis.Redis.from_url(environment["REDIS_URL"])
        client.set("seat", "A1")
        answer = client.get("seat")
        client.close()

    assert facts == (18, "layar", "layar", False, True, "UTF8")
    assert answer == b"A1"
    assert not Path(environment["LAYAR_DATA"]).exists()


def test_ephemeral_stores_end_with_a_killed_process() -> None:
    script = (
        "import time\nfrom ops.stores import ephemeral_stores\n"
        "with ephemeral_stores() as stores:\n"
        "    print(stores['LAYAR_DATA'], flush=True)\n    time.sleep(600)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    data = Path(process.stdout.readline().strip())
    started = descendants(process.pid)

    process.kill()
    process.wait()

    assert len(started) >= 3
    wait_until(lambda: living(started) == set() and not data.exists())


def test_postgres_recovers_after_a_kill(tmp_path: Path, process_group: ProcessGroup) -> None:
    postgres = make_postgres(tmp_path, ephemeral=False)
    child = postgres.start(process_group)
    with psycopg.connect(postgres.url) as connection:
        connection.execute("CREATE TABLE seat AS SELECT 'A1' AS label")
    os.kill(child.process.pid, signal.SIGKILL)
    child.process.wait()
    process_group.stop(child)

    child = postgres.start(process_group)
    with psycopg.connect(postgres.url) as connection:
        label = connection.execute("SELECT label FROM seat").fetchone()
    process_group.stop(child)

    assert label == ("A1",)


def test_stale_postgres_is_stopped_first(tmp_path: Path, process_group: ProcessGroup) -> None:
    postgres = make_postgres(tmp_path)
    earlier = postgres.start(process_group)

    later = postgres.start(process_group)

    wait_until(lambda: earlier.has_died)
    assert not later.has_died
    process_group.stop(later)
    process_group.stop(earlier)


def test_postgres_ignores_a_reused_pid(tmp_path: Path, process_group: ProcessGroup) -> None:
    postgres = make_postgres(tmp_path)
    process_group.stop(postgres.start(process_group))
    (postgres.folder / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.folder}\n")

    child = postgres.start(process_group)

    assert not child.has_died
    process_group.stop(child)


def test_postgres_of_another_version_is_refused(
    tmp_path: Path, process_group: ProcessGroup
) -> None:
    postgres = make_postgres(tmp_path)
    postgres.folder.mkdir()
    (postgres.folder / "PG_VERSION").write_text("16\n")

    with pytest.raises(StartError, match="was made by PostgreSQL 16; this is 18"):
        postgres.start(process_group)


def test_postgres_in_a_deep_folder_uses_another_socket_folder(
    tmp_path: Path, process_group: ProcessGroup
) -> None:
    data = tmp_path / ("deep" * 25)
    postgres = make_postgres(data)
    child = postgres.start(process_group)

    with psycopg.connect(postgres.url) as connection:
        answer = connection.execute("SELECT 1").fetchone()
    process_group.stop(child)

    assert answer == (1,)
    assert not postgres.socket_folder.is_relative_to(data)
    postgres.socket_folder.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run PostgreSQL as another")
@pytest.mark.parametrize(
    "number", [1, 2], ids=["with access to all folders", "without capabilities"]
)
def test_postgres_runs_as_nobody_where_root_has_no_user_namespaces(
    tmp_path: Path, process_group: ProcessGroup, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = list(server_user.candidates(0, None))[number]
    monkeypatch.setattr("ops.stores.postgres.choose_server_user", lambda program, folder: other)
    for folder in [tmp_path, *tmp_path.parents][:3]:
        folder.chmod(0o755)
    postgres = make_postgres(tmp_path / "data")

    child = postgres.start(process_group)

    assert Path(f"/proc/{child.process.pid}").stat().st_uid == server_user.NOBODY
    assert postgres.folder.stat().st_uid == server_user.NOBODY
    process_group.stop(child)


def test_ordinary_user_runs_the_server_directly() -> None:
    assert [way.name for way in server_user.candidates(1, 1)] == [
        "the same user",
        "a user namespace",
    ]


def test_user_without_a_name_uses_a_user_namespace() -> None:
    nameless = 2_000_000_123
    assert [way.name for way in server_user.candidates(nameless, None)] == [
        "a user namespace",
        "the same user",
    ]


def test_root_runs_the_server_as_the_folders_owner() -> None:
    assert [way.owner_id for way in server_user.candidates(0, 1)] == [1, 1]


def test_valkey_keeps_its_keys_and_requires_its_password(
    tmp_path: Path, process_group: ProcessGroup
) -> None:
    valkey = Valkey(tmp_path, choose_port(), "a-password")
    child = valkey.start(process_group)
    client = redis.Redis.from_url(valkey.url)
    client.set("task", "send")
    names = ("appendonly", "maxmemory-policy", "bind")
    settings = {name: cast(dict[str, str], client.config_get(name))[name] for name in names}
    client.close()
    process_group.stop(child)

    child = valkey.start(process_group)
    client = redis.Redis.from_url(valkey.url)
    kept = client.get("task")
    client.close()
    other_client = redis.Redis(port=valkey.port)
    with pytest.raises(redis.AuthenticationError):
        other_client.ping()
    other_client.close()
    process_group.stop(child)

    assert kept == b"send"
    assert settings == {
        "appendonly": "yes",
        "maxmemory-policy": "noeviction",
        "bind": "127.0.0.1",
    }


def test_valkey_on_a_taken_port_names_its_log(tmp_path: Path, process_group: ProcessGroup) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        valkey = Valkey(tmp_path, other.getsockname()[1], "a-password")
        with pytest.raises(NotReady, match="valkey ended with exit code 1") as caught:
            valkey.start(process_group)

    assert caught.value.log == valkey.log
    assert any("Address already in use" in line for line in caught.value.log_tail())


def test_binaries_are_those_of_the_wheels() -> None:
    package = Path(sys.prefix).resolve()
    assert binaries.postgres_folder().resolve().is_relative_to(package)
    assert binaries.valkey_program().resolve().is_relative_to(package)


def test_process_that_ignores_its_signal_is_killed(
    tmp_path: Path, process_group: ProcessGroup
) -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True)\n"
    program = Program(
        name="deaf",
        command=[sys.executable, "-c", deaf + "time.sleep(600)"],
        log=tmp_path / "deaf.log",
        environment=dict(os.environ),
        rank=1,
        stop_timeout_seconds=0.3,
    )
    child = process_group.start(program)
    wait_until(lambda: program.log.read_text() == "1\n")

    assert process_group.stop(child) is False
    assert child.process.returncode == -signal.SIGKILL


def test_watchdog_is_restarted() -> None:
    others = _watchdogs()
    process_group = ProcessGroup()
    [first] = _watchdogs() - others
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: first not in listing())

    process_group.check()

    [second] = _watchdogs() - others
    assert second != first
    process_group.close()
    assert _watchdogs() <= others


def _watchdogs() -> set[int]:
    ours = descendants(os.getpid())
    return {number for number, (_, line) in listing().items() if "watchdog.py" in line} & ours


def test_stale_valkey_is_stopped_first(tmp_path: Path, process_group: ProcessGroup) -> None:
    earlier = Valkey(tmp_path, choose_port(), "a-password").start(process_group)

    # Its port is taken, so another one was chosen.
    later = Valkey(tmp_path, choose_port(), "a-password").start(process_group)

    wait_until(lambda: earlier.has_died)
    assert not later.has_died
    process_group.stop(later)
    process_group.stop(earlier)
