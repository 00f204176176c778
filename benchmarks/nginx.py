"""Behind nginx: responses from its micro-cache, compared with a static file of the same size."""

from __future__ import annotations

import itertools
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.utils import timezone

from benchmarks import hall, load, servers
from benchmarks.load import Load
from benchmarks.result import Effort, Result, checked, measure
from movies.models import Cinema, Showtime
from ops.cluster.nginx import find_nginx, write_configuration
from ops.cluster.nginx_config import Site
from ops.stores.ports_and_secrets import LOOPBACK, choose_port

GOAL = 0.50
ENOUGH = 1_000_000_000  # one client sends what a town would
READY_SECONDS = 10.0


def nginx(logs: Path, effort: Effort) -> list[Result]:
    """The same URLs through nginx as configured by bin/cluster, from its micro-cache.

    nginx_seat_map is cached for 1 s, nginx_catalogue_api and nginx_catalogue_page for 10 s. The
    floor is a static file of the same size from the same nginx, without compression on either side.
    """
    [showtime] = hall.open_hall(1)
    paths = {
        "nginx_seat_map": f"/api/v1/showtimes/{showtime.pk}/seats",
        "nginx_catalogue_api": f"/api/v1/showtimes{_day_of_a_city()}",
        "nginx_catalogue_page": f"/schedule/{_day_of_a_city()}",
    }
    with ExitStack() as running:
        web = running.enter_context(servers.web_server(servers.PRODUCT, logs))
        port, static = running.enter_context(_nginx(web))
        results = []
        for name, path in paths.items():
            once = checked(name, load.run(port, iter([load.request("GET", path)])))
            (static / f"{name}.bin").write_bytes(once.last_body)
            ours = _reading(port, path, effort)
            least = _reading(port, f"/static/{name}.bin", effort)
            results.append(measure(name, GOAL, ours, least, effort.rounds))
        return results


def _day_of_a_city() -> str:
    cinema = Cinema.objects.exclude(city_slug=hall.CITY).order_by("pk").first()
    if cinema is None:
        raise LookupError("the demo chain is not loaded")
    day = (
        Showtime.objects.filter(studio__cinema=cinema, starts_at__gt=timezone.now())
        .order_by("business_date")
        .values_list("business_date", flat=True)
        .distinct()[1]
    )
    return f"?city={cinema.city_slug}&date={day.isoformat()}"


def _reading(port: int, path: str, effort: Effort) -> Callable[[], Load]:
    message = load.request("GET", path)
    return lambda: load.run(port, itertools.repeat(message), effort.read_seconds)


@contextmanager
def _nginx(web_port: int) -> Iterator[tuple[int, Path]]:
    """Yields its port and the folder of its static files."""
    port = choose_port()
    with tempfile.TemporaryDirectory(prefix="layar-nginx-") as name:
        folder = Path(name)
        (folder / "static").mkdir()
        site = Site(
            server_names=(LOOPBACK,),
            port=port,
            web=(f"{LOOPBACK}:{web_port}",),
            live=(f"{LOOPBACK}:{web_port}",),
            static=str(folder / "static"),
            media=str(folder),
            cache=str(folder / "cache"),
            access_log=str(folder / "access.log"),
            requests_per_second=ENOUGH // 1_000,
            requests_burst=ENOUGH // 1_000,
            connections=1_000,
            has_ipv6=False,
        )
        main_file = write_configuration(folder, site)
        process = subprocess.Popen(
            [str(find_nginx()), "-p", name, "-c", str(main_file), "-e", "stderr"],
            env=dict(os.environ),
        )
        try:
            _wait_until_ready(port)
            yield port, folder / "static"
        finally:
            process.terminate()
            process.wait(10)


def _wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            load.run(port, iter([load.request("GET", "/healthz")]))
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
