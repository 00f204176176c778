"""Visitors of a premiere over HTTP and WebSocket, as browsers behave, and what they measure."""

from __future__ import annotations

import asyncio
import html
import json
import random
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

PAGE_DATA = re.compile(r'<script id="seat-page-data"[^>]*>(.*?)</script>', re.DOTALL)
FEED = re.compile(r'data-feed-url="([^"]+)"')
SEATS_WANTED = 2
SECONDS_MAX = 60.0  # of one request
HESITATION_SECONDS = (0.5, 2.0)  # between two taps
ARRIVAL_SECONDS = 20.0  # within it everybody joins a waiting room, before the opening
REFRESH_SECONDS = 3.0  # everybody reloads within this time of the opening
SERVER_ERROR = 500


@dataclass
class Tally:
    """``seconds``: of each kind of request. ``errors``: 5xx and broken connections."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    def percentile(self, kind: str, percent: float) -> float:
        """In milliseconds. Raises ValueError if nothing was measured."""
        measured = sorted(self.seconds.get(kind, ()))
        if not measured:
            raise ValueError(f"no {kind} was measured")
        at = min(len(measured) - 1, int(len(measured) * percent / 100))
        return measured[at] * 1_000


class Visitor:
    """A browser: cookies, and a connection of its own."""

    def __init__(self, site: str, tally: Tally) -> None:
        self.site, self.tally = site, tally
        self.http = httpx.AsyncClient(
            base_url=site, timeout=SECONDS_MAX, limits=httpx.Limits(max_connections=1)
        )

    async def request(self, kind: str, method: str, path: str, **options: Any) -> httpx.Response:
        """Time one request and its redirects. Raises httpx.HTTPError."""
        began = time.monotonic()
        try:
            response = await self.http.request(method, path, follow_redirects=True, **options)
        except httpx.HTTPError as error:
            self.tally.errors.append(f"{kind}: {type(error).__name__}")
            raise
        self.tally.seconds.setdefault(kind, []).append(time.monotonic() - began)
        self.tally.answers[f"{kind} {response.status_code}"] += 1
        if response.status_code >= SERVER_ERROR:
            self.tally.errors.append(f"{kind}: {response.status_code}")
        return response

    async def post(self, kind: str, path: str, seats: list[int] | None = None) -> httpx.Response:
        headers = {
            "X-CSRFToken": self.http.cookies.get("csrftoken", ""),
            "Referer": self.site + path,
            "Origin": self.site,
            "Accept": "text/html" if seats is None else "application/json",
        }
        body = {} if seats is None else {"json": {"seats": seats}}
        return await self.request(kind, "POST", path, headers=headers, **body)


class Moviegoer(Visitor):
    """Wants SEATS_WANTED seats of one showtime."""

    def __init__(self, site: str, tally: Tally, showtime: int, seed: int) -> None:
        super().__init__(site, tally)
        self.showtime, self.random = showtime, random.Random(seed)
        self.free: set[int] = set()
        self.held = 0

    async def buy(self, page: httpx.Response, is_over: Callable[[], bool]) -> None:
        """Tap free seats of an open map until there are enough or none is left."""
        data, feed = PAGE_DATA.search(page.text), FEED.search(page.text)
        if data is None or feed is None:
            self.tally.errors.append("a page without a map")
            return
        seats = json.loads(html.unescape(data[1]))["seats"]
        self.free = {seat_id for seat_id, status, _version in seats if status == "available"}
        following = asyncio.create_task(self._follow(html.unescape(feed[1])))
        try:
            while self.free and self.held < SEATS_WANTED and not is_over():
                await self._tap(self.random.choice(sorted(self.free)))
                await asyncio.sleep(self.random.uniform(*HESITATION_SECONDS))
        finally:
            following.cancel()

    async def _tap(self, seat_id: int) -> None:
        path = f"/en/showtimes/{self.showtime}/hold/"
        response = await self.post("tap", path, [seat_id])
        self.free.discard(seat_id)
        if response.is_success:
            self.held = len(response.json()["seats"])

    async def _follow(self, url: str) -> None:
        with suppress(OSError, WebSocketException):
            async with connect(url, origin=None, open_timeout=SECONDS_MAX) as socket:
                async for message in socket:
                    for seat_id, status, _version in json.loads(message).get("seats", ()):
                        (self.free.add if status == "available" else self.free.discard)(seat_id)

    async def rush(self, opening: float, is_over: Callable[[], bool]) -> None:
        """Reload the map at the opening and tap, as everybody does."""
        await asyncio.sleep(max(0.0, opening - time.monotonic()))
        await asyncio.sleep(self.random.uniform(0, REFRESH_SECONDS))
        page = await self.request("page", "GET", f"/en/showtimes/{self.showtime}/")
        await self.buy(page, is_over)

    async def queue(self, room: int, is_over: Callable[[], bool]) -> None:
        """Join the waiting room before the opening; tap once it is one's turn."""
        await asyncio.sleep(self.random.uniform(0, ARRIVAL_SECONDS))
        await self.request("waiting page", "GET", f"/en/showtimes/{self.showtime}/")
        await self.post("waiting page", f"/en/waiting-rooms/{room}/join/")
        while not is_over():
            path = f"/en/waiting-rooms/{room}/place.json"
            place = (await self.request("place", "GET", path)).json()
            if place.get("state") in ("called", "inside"):
                page = await self.post("page", f"/en/waiting-rooms/{room}/enter/")
                await self.buy(page, is_over)
                return
            await asyncio.sleep(place["check_seconds"] * self.random.uniform(0.9, 1.1))


async def look_elsewhere(
    site: str, tally: Tally, paths: list[str], seed: int, is_over: Callable[[], bool]
) -> None:
    """Somebody who looks at other pages of the site, one a second."""
    chance, visitor = random.Random(seed), Visitor(site, tally)
    while not is_over():
        with suppress(httpx.HTTPError):
            await visitor.request("elsewhere", "GET", chance.choice(paths))
        await asyncio.sleep(chance.uniform(0.5, 1.5))


async def settled(work: list[Awaitable[None]], seconds: float) -> None:
    """Wait for everybody, at most ``seconds``; failures of requests are in the tally."""
    tasks = [asyncio.ensure_future(each) for each in work]
    _done, pending = await asyncio.wait(tasks, timeout=seconds)
    for task in pending:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
