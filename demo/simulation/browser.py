"""Simulated visitor of the website: pages, forms and cookies."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping

import httpx

from demo.simulation.behaviour import TAPPING, VOUCHER, VOUCHER_SHARE, Behaviour
from demo.simulation.client import RequestRefused, SiteClient, UnexpectedResponse, csrf_token
from demo.simulation.plan import SeatPlan
from demo.simulation.visitor import HeldSeats, Order, parse_hold

JSON_HEADERS = {"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"}
SHOWTIME_LINK = re.compile(r'href="(?:/en)?/showtimes/(\d+)/"')
SCHEDULE_LINK = re.compile(r'href="(\?[^"]*(?:city|date)=[^"]*)"')
FILM_LINK = re.compile(r'href="((?:/en)?/films/[a-z0-9-]+/)"')
PAGE_DATA = re.compile(r'<script id="seat-page-data"[^>]*>(.*?)</script>', re.DOTALL)
FEED = re.compile(r'data-feed-url="([^"]+)"')
STATUS = re.compile(r'data-booking-status="(\w+)"')
SHOWN_REFUND = re.compile(r'name="refund_(\d+)" value="(\d+)"')
ORDER_ADDRESS = re.compile(r"/bookings/([A-Z0-9]+)/")
LANGUAGES = ("", "", "/en")  # two thirds use Indonesian
LOOK_ELSEWHERE_SHARE = 0.6


class BrowserVisitor:
    def __init__(self, client: SiteClient, behaviour: Behaviour) -> None:
        self.client, self.behaviour = client, behaviour
        self.root = behaviour.chance.choice(LANGUAGES)
        self.feed = ""

    async def browse(self) -> list[int]:
        await self.client.request("home page", "GET", f"{self.root}/")
        page = await self._page("schedule", f"{self.root}/schedule/")
        others = [html.unescape(link) for link in SCHEDULE_LINK.findall(page)]
        if others and self.behaviour.chooses(LOOK_ELSEWHERE_SHARE):
            link = self.behaviour.chance.choice(others)
            page = await self._page("schedule", f"{self.root}/schedule/{link}")
        films = FILM_LINK.findall(page)
        if films:
            await self.client.request("film page", "GET", self.behaviour.chance.choice(films))
        return [int(number) for number in SHOWTIME_LINK.findall(page)]

    async def open_map(self, showtime: int) -> SeatPlan:
        page = await self._page("seat map", f"{self.root}/showtimes/{showtime}/")
        data, feed = PAGE_DATA.search(page), FEED.search(page)
        if data is None or feed is None:
            raise UnexpectedResponse(f"no seats on the map of showtime {showtime}")
        self.feed = html.unescape(feed[1])
        plan = SeatPlan()
        plan.apply((seat[0], seat[1], seat[2]) for seat in json.loads(data[1])["seats"])
        return plan

    def feed_address(self, showtime: int) -> str:
        return self.feed

    async def hold(self, showtime: int, seat_ids: list[int]) -> HeldSeats:
        """Hold one seat after the other, as the seat map does."""
        document: dict[str, object] = {}
        for seat_id in seat_ids:
            if document:
                await self.behaviour.pause(TAPPING)
            document = await self._tap(showtime, "hold/", [seat_id], "hold seats")
        return parse_hold(document, str(document["hold_id"]))

    async def release(self, showtime: int, held: HeldSeats) -> None:
        await self._tap(showtime, "hold/release/", [], "release seats")

    async def has_seats(self, showtime: int, held: HeldSeats) -> bool:
        address = f"{self.root}/showtimes/{showtime}/hold/"
        response = await self.client.request(
            "look at the hold", "GET", address, headers=JSON_HEADERS
        )
        return bool(response.json()["hold_id"])

    async def order(self, showtime: int, held: HeldSeats) -> Order:
        address = f"{self.root}/showtimes/{showtime}/checkout/"
        page = await self.client.request("checkout page", "GET", address)
        if page.is_redirect:
            raise RequestRefused("hold_expired")
        name, email = self.behaviour.contact()
        fields = {
            "csrfmiddlewaretoken": csrf_token(page),
            "name": name,
            "email": email,
            "provider": "sandbox",
            "age_confirmed": "on",
            "action": "pay",
            "voucher": VOUCHER if self.behaviour.chooses(VOUCHER_SHARE) else "",
            **{f"seat_{seat_id}": self.behaviour.ticket_type() for seat_id in held.seat_ids},
        }
        response = await self._send("order", address, fields)
        payment_page = response.headers.get("Location", "")
        if "://" not in payment_page:
            raise RequestRefused("payment_unavailable")
        return Order(await self._newest_order(), payment_page)

    async def decide(self, order: Order, choice: str) -> None:
        back = await self.client.decide_at_bank(order.payment_page, choice)
        await self.client.request("come back", "GET", back, follow_redirects=True)

    async def status(self, order: Order) -> str:
        page = await self._page("booking", f"{self.root}/bookings/{order.code}/")
        found = STATUS.search(page)
        return found[1] if found else "pending"

    async def abandon(self, order: Order) -> None:
        await self._press(order, "abandon/", "give an order up", {})

    async def cancel(self, order: Order) -> None:
        page = await self._page("booking", f"{self.root}/bookings/{order.code}/")
        shown = dict(SHOWN_REFUND.findall(page))
        fields = {f"refund_{seat}": amount for seat, amount in shown.items()}
        await self._press(order, "cancel/", "cancel", {**fields, "seat": list(shown)})

    async def _newest_order(self) -> str:
        """Read the newest code from the page of own bookings."""
        found = ORDER_ADDRESS.search(await self._page("my bookings", f"{self.root}/bookings/"))
        if found is None:
            raise UnexpectedResponse("an order was made and is not among one's own")
        return found[1]

    async def _press(
        self, order: Order, button: str, step: str, fields: dict[str, str | list[str]]
    ) -> None:
        address = f"{self.root}/bookings/{order.code}/"
        page = await self.client.request("booking", "GET", address)
        await self._send(
            step, address + button, {"csrfmiddlewaretoken": csrf_token(page), **fields}
        )

    async def _page(self, step: str, address: str) -> str:
        return (await self.client.request(step, "GET", address, follow_redirects=True)).text

    async def _send(
        self, step: str, address: str, fields: Mapping[str, str | list[str]]
    ) -> httpx.Response:
        headers = {"Referer": self.client.site + address, "Origin": self.client.site}
        return await self.client.request(step, "POST", address, data=fields, headers=headers)

    async def _tap(
        self, showtime: int, what: str, seats: list[int], step: str
    ) -> dict[str, object]:
        address = f"{self.root}/showtimes/{showtime}/"
        headers = {
            **JSON_HEADERS,
            "X-CSRFToken": self.client.http.cookies.get("csrftoken", ""),
            "Referer": self.client.site + address,
            "Origin": self.client.site,
        }
        response = await self.client.request(
            step, "POST", address + what, json={"seats": seats}, headers=headers
        )
        document: dict[str, object] = response.json()
        return document
