"""Pages of a visitor with a session: seat map, checkout, bookings."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks import hall, load, servers
from benchmarks.checkout import offer_tickets
from benchmarks.fanout import PRODUCT as LIVE
from benchmarks.fanout import live_server
from benchmarks.load import Load
from benchmarks.measures import SEATS_PER_HOLD
from benchmarks.result import Effort, Result, checked, measure
from benchmarks.sale import journey
from benchmarks.sale.browser import ACCEPT, Browser
from benchmarks.sale.installation import Installation
from benchmarks.sale.journey import Wanted

GOALS = {"seat_page": 0.50, "checkout_page": 0.25, "bookings_page": 0.25}


def seat_page(logs: Path, effort: Effort) -> list[Result]:
    """`GET /showtimes/<id>/`: the seat map page, for a visitor who holds two of its 200 seats.

    The floor of the pages is a constant of the same size behind the same middleware.
    """
    return _page("seat_page", logs, effort)


def checkout_page(logs: Path, effort: Effort) -> list[Result]:
    """`GET /showtimes/<id>/checkout/` for the same visitor; the same kind of floor."""
    return _page("checkout_page", logs, effort)


def bookings_page(logs: Path, effort: Effort) -> list[Result]:
    """`GET /bookings/` for the same visitor, who has bought one booking; the same kind of floor."""
    return _page("bookings_page", logs, effort)


def _page(name: str, logs: Path, effort: Effort) -> list[Result]:
    offer_tickets()
    bought, chosen = (Wanted(one.pk, _first_pair(hall.seats_of(one))) for one in hall.open_hall(2))
    with ExitStack() as running:
        bank = running.enter_context(servers.web_server(servers.BANK, logs))
        _live_pid, live_port = running.enter_context(live_server(LIVE, logs))
        environment = {"SANDBOX_ENABLED": "true", "SANDBOX_API_URL": f"http://127.0.0.1:{bank}/api"}
        product = running.enter_context(servers.web_server(servers.PRODUCT, logs, **environment))
        floor = running.enter_context(servers.web_server(servers.FLOOR_PAGE, logs))
        browser = Browser(product)
        for _step in journey.sale(
            Installation(product, live_port, bank, {}), bought, browser=browser
        ):
            pass
        seat_map = f"/showtimes/{chosen.showtime_id}/"
        browser.post_json(f"{seat_map}hold/", {"seats": list(chosen.seat_ids)}, expected=201)
        path = {
            "seat_page": seat_map,
            "checkout_page": f"{seat_map}checkout/",
            "bookings_page": "/bookings/",
        }[name]
        size = len(browser.get(path).body)
        browser.close()
        ours = _reading(product, path, browser.cookie(), effort)
        least = _reading(floor, f"/{size}", browser.cookie(), effort)
        return [measure(name, GOALS[name], ours, least, effort.rounds)]


def _first_pair(seats: list[int]) -> tuple[int, int]:
    first, second = seats[:SEATS_PER_HOLD]
    return first, second


def _reading(port: int, path: str, cookie: str, effort: Effort) -> Callable[[], Load]:
    message = load.request("GET", path, Cookie=cookie).replace(
        b"Accept: application/json", f"Accept: {ACCEPT}".encode()
    )
    return lambda: checked(path, load.run(port, itertools.repeat(message), effort.read_seconds))
