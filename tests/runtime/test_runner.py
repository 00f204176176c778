"""The runner end to end: real processes, started, killed and stopped."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

import psycopg
import pytest

from ops.runner.services import SANDBOX_THREADS, WEB_WORKERS
from ops.stores.ports_and_secrets import choose_port
from tests.runtime.prepared import prepared
from tests.runtime.processes import (
    child_named,
    cpu_seconds,
    descendants,
    kill,
    living,
    mode,
    wait_until,
)
from tests.runtime.readiness import health, ready_while_hung
from tests.runtime.runs import Run, start

pytestmark = pytest.mark.runtime

SOON_SECONDS = 180.0
READY_SECONDS_MAX = 2.0
ATTEMPTS_MAX = 3


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runner") / "data"


@pytest.fixture(scope="module")
def run(data: Path) -> Iterator[Run]:
    """One run for all tests that leave it running."""
    run = start(prepared(data), "--no-demo", "--live-port", str(choose_port()))
    try:
        run.wait_until_ready()
        yield run
    finally:
        if run.process.poll() is None:
            run.interrupt()
        run.output_file.unlink()


def environment_of(data: Path) -> dict[str, str]:
    lines = (data / "environment").read_text().splitlines()
    return {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)}


def refusal(data: Path, *options: str, **environment: str) -> str:
    """Output of a run that must fail to start."""
    run = start(data, "--no-demo", *options, environment=environment)
    code = run.process.wait(60)
    output = run.output
    run.output_file.unlink()
    assert code == 1, output
    assert "ready http" not in output
    return output


def test_run_listens_on_loopback_only(run: Run, data: Path) -> None:
    assert _reachable_from_outside(descendants(run.process.pid)) == set()
    secret = ("environment", "secrets.json", "ports.json", "run.lock")
    assert {name: mode(data / name) for name in secret} == dict.fromkeys(secret, 0o600)
    assert mode(data) & 0o007 in (0, 1)


@pytest.mark.parametrize("name", ["web", "live", "sandbox", "worker", "beat", "postgres", "valkey"])
def test_killed_process_is_started_again(run: Run, data: Path, name: str) -> None:
    words = {
        "web": f"--host 127.0.0.1 --port {run.port}",
        "live": "daphne",
        "sandbox": f"--threads {SANDBOX_THREADS}",
        "worker": "celery -A cinema_project worker",
        "beat": "celery -A cinema_project beat",
        "postgres": "/postgres -D",
        "valkey": "valkey-server",
    }[name]
    first = child_named(run.process.pid, words)

    kill(first)

    run.wait_for(f"{name} ended (code -9) and is started again in 0.5 s", SOON_SECONDS)
    wait_until(lambda: first != _child(run, words) is not None)
    wait_until(lambda: health(run.port) == 200)


def test_replaced_web_processes_load_nothing_again(run: Run) -> None:
    server = child_named(run.process.pid, f"--host 127.0.0.1 --port {run.port}")
    first = descendants(server)
    for process_id in first:
        kill(process_id)

    wait_until(lambda: len(descendants(server) - first) == len(first))
    wait_until(lambda: health(run.port) == 200)

    assert len(first) == WEB_WORKERS
    used = [cpu_seconds(process_id) for process_id in descendants(server)]
    assert max(used) < cpu_seconds(server) / 2  # whatever else the machine does


def test_readiness_is_answered_while_all_threads_wait_for_a_hung_database(run: Run) -> None:
    hung = [ready_while_hung(run)]
    while hung[-1].seconds >= READY_SECONDS_MAX and len(hung) < ATTEMPTS_MAX:
        hung.append(ready_while_hung(run))  # the machine was busy

    best = min(hung, key=attrgetter("seconds"))
    assert (best.status, best.were_waiting) == (503, True)
    assert best.seconds < READY_SECONDS_MAX


def test_live_port_serves_sockets_and_liveness_only(run: Run, data: Path) -> None:
    port = int(environment_of(data)["LIVE_PORT"])
    found = {}
    for path in ("/healthz", "/", "/admin/", "/api/v1/movies", "/metrics"):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", path, headers={"Host": "localhost"})
        found[path] = connection.getresponse().status
        connection.close()

    assert found == {
        "/healthz": 200,
        "/": 404,
        "/admin/": 404,
        "/api/v1/movies": 404,
        "/metrics": 404,
    }


def test_second_run_on_the_same_folder_is_refused(run: Run, data: Path) -> None:
    output = refusal(data)

    assert f"Layar already runs on {data} (process {run.process.pid})" in output
    assert health(run.port) == 200


def test_run_on_a_taken_port_reports_it(tmp_path: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as other:
        port = other.getsockname()[1]
        output = refusal(tmp_path / "data", "--port", str(port))

    assert f"port {port} is taken by another program" in output


def test_run_on_every_network_survives_a_kill_and_interrupts(tmp_path: Path) -> None:
    """Killed and started again, interrupted, and interrupted while it starts."""
    data = prepared(tmp_path / "data")
    first = _ready(data)
    environment = environment_of(data)
    with psycopg.connect(environment["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'A1' AS label")
    of_first = descendants(first.process.pid)
    open_ports = _reachable_from_outside(of_first)

    first.kill()
    second = _ready(data)

    assert open_ports == {first.port, int(environment["LIVE_PORT"])}
    assert len(of_first) >= 10
    assert living(of_first) == set()
    later = environment_of(data)
    with psycopg.connect(later["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT label FROM kept").fetchone() == ("A1",)
    kept = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "TICKET_SIGNING_KEY", "SANDBOX_API_URL")
    assert {name: later[name] for name in kept} == {name: environment[name] for name in kept}

    of_second = descendants(second.process.pid)
    assert second.interrupt() == 0
    assert living(of_second) == set()
    assert second.output.endswith("\nstopping\nstopped; the data is kept\n")
    _interrupt_while_starting(data)


def _ready(data: Path) -> Run:
    run = start(data, "--no-demo", "--host", "0.0.0.0")
    run.wait_until_ready()
    return run


def _interrupt_while_starting(data: Path) -> None:
    run = start(data, "--no-demo")
    run.wait_for("start web")
    started = descendants(run.process.pid)
    assert run.interrupt() == 0
    assert living(started) == set()


def test_wrong_database_address_names_the_step(tmp_path: Path) -> None:
    port = choose_port()
    url = f"postgres://somebody:secret@127.0.0.1:{port}/cinema"
    output = refusal(tmp_path / "data", DATABASE_URL=url)

    assert "The step “connect to PostgreSQL (yours)” failed" in output
    assert f"postgres://somebody:…@127.0.0.1:{port}/cinema cannot be used" in output
    assert "secret" not in output


def test_wrong_redis_address_names_the_step(tmp_path: Path) -> None:
    output = refusal(tmp_path / "data", REDIS_URL=f"redis://:secret@127.0.0.1:{choose_port()}")

    assert "The step “connect to Valkey (yours)” failed" in output
    assert "secret" not in output


def test_invalid_setting_names_the_step_and_shows_the_log(tmp_path: Path) -> None:
    output = refusal(tmp_path / "data", HOLD_SECONDS="soon")

    assert "The step “load Django” failed: prepare ended with exit code 1" in output
    assert f"Its log is {tmp_path}/data/logs/prepare.log, which ends with" in output
    assert "HOLD_SECONDS" in output


def test_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    output = refusal(tmp_path, "--fresh")

    assert f"{tmp_path} holds files that are not Layar's" in output
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_fresh_does_not_empty_external_stores(tmp_path: Path) -> None:
    output = refusal(tmp_path / "data", "--fresh", DATABASE_URL="postgres://somebody@localhost/x")

    assert "--fresh empties the data folder only" in output


def _child(run: Run, words: str) -> int | None:
    try:
        return child_named(run.process.pid, words)
    except ValueError:
        return None


def _reachable_from_outside(process_ids: set[int]) -> set[int]:
    """Ports on which any of the processes listens on a non-loopback address."""
    listening, descriptors = "0A", set()
    for number in process_ids:
        try:
            opened = list(Path(f"/proc/{number}/fd").iterdir())
        except OSError:
            continue  # the process has ended meanwhile
        for descriptor in opened:
            try:
                descriptors.add(str(descriptor.readlink()))
            except OSError:
                continue  # closed meanwhile
    ports = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            address, _, port = fields[1].partition(":")
            is_ours = f"socket:[{fields[9]}]" in descriptors
            if fields[3] == listening and is_ours and not address.endswith("0100007F"):
                ports.add(int(port, 16))
    return ports
