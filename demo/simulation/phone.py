"""A moviegoer with the mobile app: the API, and the seat feed beside it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from demo.simulation.manners import Manners
from demo.simulation.person import Held, Order, held_of
from demo.simulation.plan import SeatPlan
from demo.simulation.wire import Wire

DAYS_AHEAD = (0, 0, 0, 1, 2)  # most people come for today
LISTED_MAX = 200


class Phone:
    def __init__(self, wire: Wire, manners: Manners, feed_template: str) -> None:
        self.wire, self.manners, self.feed_template = wire, manners, feed_template
        # A secret of this installation of the app.
        self.visitor = uuid.UUID(int=manners.chance.getrandbits(128), version=4).hex
        self.tokens: dict[str, str] = {}

    async def browse(self) -> list[int]:
        cinemas = await self._ask("cinemas (app)", "GET", "cinemas")
        city = self.manners.chance.choice([place["city_slug"] for place in cinemas["results"]])
        day = datetime.now(UTC) + timedelta(days=self.manners.chance.choice(DAYS_AHEAD))
        wish = {"city": city, "date": day.date().isoformat(), "limit": str(LISTED_MAX)}
        shown = await self._ask("showtimes (app)", "GET", "showtimes", params=wish)
        return [showtime["id"] for showtime in shown["results"]]

    async def open_map(self, showtime: int) -> SeatPlan:
        seats = await self._ask("seats (app)", "GET", f"showtimes/{showtime}/seats")
        plan = SeatPlan()
        plan.hear((seat["id"], seat["status"], seat["version"]) for seat in seats)
        return plan

    def feed_address(self, showtime: int) -> str:
        return self.feed_template.format(showtime=showtime)

    async def hold(self, showtime: int, seat_ids: list[int]) -> Held:
        address = f"showtimes/{showtime}/holds"
        held = await self._ask("hold seats (app)", "POST", address, json={"seats": seat_ids})
        return held_of(held, held["id"])

    async def release(self, showtime: int, held: Held) -> None:
        await self._ask("release seats (app)", "DELETE", f"holds/{held.id}")

    async def has_seats(self, showtime: int, held: Held) -> bool:
        seats = await self._ask("seats (app)", "GET", f"showtimes/{showtime}/seats")
        status = {seat["id"]: seat["status"] for seat in seats}
        return all(status[seat_id] == "held" for seat_id in held.seat_ids)

    async def order(self, showtime: int, held: Held) -> Order:
        name, email = self.manners.contact()
        tickets = [
            {"seat": seat_id, "ticket_type": self.manners.ticket_type()}
            for seat_id in held.seat_ids
        ]
        wish = {"hold": held.id, "tickets": tickets, "contact": {"name": name, "email": email}}
        booking = await self._ask("order (app)", "POST", "bookings", json=wish)
        code = booking["code"]
        self.tokens[code] = booking["access_token"]
        payment = await self._ask(
            "payment (app)",
            "POST",
            f"bookings/{code}/payments",
            code=code,
            json={"provider": "sandbox"},
        )
        return Order(code, payment["redirect_url"])

    async def decide(self, order: Order, choice: str) -> None:
        await self.wire.decide_at_bank(order.payment_page, choice)

    async def status(self, order: Order) -> str:
        address = f"bookings/{order.code}"
        booking = await self._ask("booking (app)", "GET", address, code=order.code)
        return str(booking["status"])

    async def give_back(self, order: Order) -> None:
        address = f"bookings/{order.code}/abandon"
        step = "give an order up (app)"
        await self._ask(step, "POST", address, code=order.code, json={"keep_seats": False})

    async def cancel(self, order: Order) -> None:
        address = f"bookings/{order.code}/cancellation"
        offer = await self._ask("cancellation offer (app)", "GET", address, code=order.code)
        wanted = {"tickets": "all", "expected_refund_rupiah": offer["refund_rupiah"]}
        await self._ask("cancel (app)", "POST", address, code=order.code, json=wanted)

    async def _ask(self, step: str, method: str, path: str, *, code: str = "", **parts: Any) -> Any:
        headers = {"X-Visitor": self.visitor}
        if code:
            headers["X-Booking-Token"] = self.tokens[code]
        answer = await self.wire.ask(step, method, f"/api/v1/{path}", headers=headers, **parts)
        return answer.json() if answer.content else {}
