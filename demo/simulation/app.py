"""Simulated visitor with the mobile app: API and seat feed."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from demo.simulation.behaviour import Behaviour
from demo.simulation.client import SiteClient
from demo.simulation.plan import SeatPlan
from demo.simulation.visitor import HeldSeats, Order, parse_hold

DAYS_AHEAD = (0, 0, 0, 1, 2)  # most visitors choose today
LISTED_MAX = 200


class AppVisitor:
    def __init__(self, client: SiteClient, behaviour: Behaviour, feed_template: str) -> None:
        self.client, self.behaviour, self.feed_template = client, behaviour, feed_template
        # Secret of this app installation.
        self.visitor = uuid.UUID(int=behaviour.chance.getrandbits(128), version=4).hex
        self.tokens: dict[str, str] = {}

    async def browse(self) -> list[int]:
        cinemas = await self._request("cinemas (app)", "GET", "cinemas")
        city = self.behaviour.chance.choice([place["city_slug"] for place in cinemas["results"]])
        day = datetime.now(UTC) + timedelta(days=self.behaviour.chance.choice(DAYS_AHEAD))
        params = {"city": city, "date": day.date().isoformat(), "limit": str(LISTED_MAX)}
        shown = await self._request("showtimes (app)", "GET", "showtimes", params=params)
        return [showtime["id"] for showtime in shown["results"]]

    async def open_map(self, showtime: int) -> SeatPlan:
        seats = await self._request("seats (app)", "GET", f"showtimes/{showtime}/seats")
        plan = SeatPlan()
        plan.apply((seat["id"], seat["status"], seat["version"]) for seat in seats)
        return plan

    def feed_address(self, showtime: int) -> str:
        return self.feed_template.format(showtime=showtime)

    async def hold(self, showtime: int, seat_ids: list[int]) -> HeldSeats:
        address = f"showtimes/{showtime}/holds"
        held = await self._request("hold seats (app)", "POST", address, json={"seats": seat_ids})
        return parse_hold(held, held["id"])

    async def release(self, showtime: int, held: HeldSeats) -> None:
        await self._request("release seats (app)", "DELETE", f"holds/{held.id}")

    async def has_seats(self, showtime: int, held: HeldSeats) -> bool:
        seats = await self._request("seats (app)", "GET", f"showtimes/{showtime}/seats")
        status = {seat["id"]: seat["status"] for seat in seats}
        return all(status[seat_id] == "held" for seat_id in held.seat_ids)

    async def order(self, showtime: int, held: HeldSeats) -> Order:
        name, email = self.behaviour.contact()
        tickets = [
            {"seat": seat_id, "ticket_type": self.behaviour.ticket_type()}
            for seat_id in held.seat_ids
        ]
        params = {
            "hold": held.id,
            "tickets": tickets,
            "contact": {"name": name, "email": email},
            "age_confirmed": True,
        }
        booking = await self._request("order (app)", "POST", "bookings", json=params)
        code = booking["code"]
        self.tokens[code] = booking["access_token"]
        payment = await self._request(
            "payment (app)",
            "POST",
            f"bookings/{code}/payments",
            code=code,
            json={"provider": "sandbox"},
        )
        return Order(code, payment["redirect_url"])

    async def decide(self, order: Order, choice: str) -> None:
        await self.client.decide_at_bank(order.payment_page, choice)

    async def status(self, order: Order) -> str:
        address = f"bookings/{order.code}"
        booking = await self._request("booking (app)", "GET", address, code=order.code)
        return str(booking["status"])

    async def abandon(self, order: Order) -> None:
        address = f"bookings/{order.code}/abandon"
        step = "give an order up (app)"
        await self._request(step, "POST", address, code=order.code, json={"keep_seats": False})

    async def cancel(self, order: Order) -> None:
        address = f"bookings/{order.code}/cancellation"
        offer = await self._request("cancellation offer (app)", "GET", address, code=order.code)
        wanted = {"tickets": "all", "expected_refund_rupiah": offer["refund_rupiah"]}
        await self._request("cancel (app)", "POST", address, code=order.code, json=wanted)

    async def _request(
        self, step: str, method: str, path: str, *, code: str = "", **parts: Any
    ) -> Any:
        headers = {"X-Visitor": self.visitor}
        if code:
            headers["X-Booking-Token"] = self.tokens[code]
        response = await self.client.request(
            step, method, f"/api/v1/{path}", headers=headers, **parts
        )
        return response.json() if response.content else {}
