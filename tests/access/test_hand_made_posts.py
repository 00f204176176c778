"""Hand-made request bodies that name rows of a cinema where the user has no role."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from bookings.models import Booking, CancellationTier, ManualPayout, Refund
from bookings.tickets.codes import ticket_code
from movies.models import PriceCard, Role
from notifications.models import Message
from reports.models import Incident
from tests.access.other_cinema import everything, own_cinema, own_showtime
from tests.access.requests import caller
from tests.access.world import World

pytestmark = pytest.mark.django_db

ACTIONS: tuple[tuple[type[Model], str], ...] = (
    (Booking, "cancel_and_refund"),
    (Booking, "send_tickets_again"),
    (Refund, "take_over"),
    (Message, "send_again"),
    (PriceCard, "delete_selected"),
    (CancellationTier, "delete_selected"),
)


def day(world: World) -> str:
    return str(world.showtime.business_date + timedelta(days=3))


def showing(world: World, **fields: Any) -> dict[str, Any]:
    return {
        "movie": world.showtime.movie_id,
        "hour": "19:00",
        "screen_format": "2D",
        "audio_language": "id",
        "price_rupiah": "50000",
    } | fields


def copies(world: World, plan: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    ours, own = world.cinema.pk, own_cinema(world).pk
    return {
        "copy to their cinema": (
            reverse(
                "board:copy",
                args=[own, str(own_showtime(world).business_date)],
                query=plan | {"what": "day", "target": ours},
            ),
            {"digest": "", "target": ours},
        ),
        "copy their programme": (
            reverse(
                "board:copy",
                args=[ours, str(world.showtime.business_date)],
                query=plan | {"what": "day", "target": own},
            ),
            {"digest": ""},
        ),
    }


def board_posts(world: World) -> dict[str, tuple[str, dict[str, Any]]]:
    """Requests to the user's own board that name rows of another cinema."""
    ours, own, when = world.cinema.pk, own_cinema(world).pk, day(world)
    plan = {"first_day": when, "last_day": when, "weekdays": range(7), "hours": "19:00"}
    where = {"studio": world.showtime.studio_id, "day": when, "hour": "19:00"}
    own_studio = own_showtime(world).studio_id
    return {
        "add in their studio": (
            reverse("board:add", args=[own, when]),
            showing(world, studio=world.showtime.studio_id),
        ),
        "add at their board": (
            reverse("board:add", args=[ours, when]),
            showing(world, studio=own_studio),
        ),
        "fill their studio": (
            reverse(
                "board:fill",
                args=[own, when],
                query=showing(world) | plan | {"studios": [own_studio, world.showtime.studio_id]},
            ),
            {"digest": ""},
        ),
        **copies(world, plan),
        "move into their studio": (
            reverse("board:move", args=[own_showtime(world).pk]),
            where | {"is_confirmed": "1", "note": "mine now"},
        ),
        "move theirs": (
            reverse("board:move", args=[world.showtime.pk]),
            where | {"is_confirmed": "1", "note": "mine now"},
        ),
    }


def test_same_requests_at_the_own_cinema_are_accepted(two_cinemas: World, outsider: Client) -> None:
    """Control: the requests refused below are refused for their owner, not for their form."""
    own, studio, when = (
        own_cinema(two_cinemas),
        own_showtime(two_cinemas).studio_id,
        day(two_cinemas),
    )
    card = office_posts(two_cinemas)["price card"][1] | {"cinema": own.pk}
    tier = office_posts(two_cinemas)["cancellation rule"][1] | {"cinema": own.pk}
    posts = [
        (reverse("board:add", args=[own.pk, when]), showing(two_cinemas, studio=studio)),
        (
            reverse("board:move", args=[own_showtime(two_cinemas).pk]),
            {"studio": studio, "day": when, "hour": "10:00"},
        ),
        (
            reverse("admin:movies_showtime_add"),
            showing(two_cinemas, studio=studio, day=when, hour="23:00"),
        ),
        (reverse("admin:movies_pricecard_add"), card),
        (reverse("admin:bookings_cancellationtier_add"), tier),
    ]

    assert [outsider.post(path, body).status_code for path, body in posts] == [302] * 5


def test_board_refuses_rows_of_another_cinema(two_cinemas: World, outsider: Client) -> None:
    before = everything()
    answers: dict[Any, Any] = {}
    for name, (path, body) in board_posts(two_cinemas).items():
        answers[name] = outsider.post(path, body).status_code

    assert answers == {
        "add in their studio": 422,
        "add at their board": 404,
        "fill their studio": 200,
        "copy to their cinema": 200,
        "copy their programme": 404,
        "move into their studio": 422,
        "move theirs": 404,
    }
    assert everything() == before


def office_posts(world: World) -> dict[str, tuple[str, dict[str, Any]]]:
    """Admin pages with primary keys that they must refuse."""
    ours = world.cinema.pk
    card = {
        "studio_class": "regular",
        "screen_format": "2D",
        "day_kind": "weekend",
        "from_minute": "10:00",
        "price_rupiah": 1,
    }
    tier = {"hours_before": 9, "refund_percent": 100}
    payout, incident = ManualPayout.objects.get(), Incident.objects.get(fingerprint="one")
    showtime = world.showtime.pk
    return {
        "price card": ("admin:movies_pricecard_add", card | {"cinema": ours}),
        "price card of the chain": ("admin:movies_pricecard_add", card | {"cinema": ""}),
        "cancellation rule": ("admin:bookings_cancellationtier_add", tier | {"cinema": ours}),
        "rule of the chain": ("admin:bookings_cancellationtier_add", tier | {"cinema": ""}),
        "showtime": (
            "admin:movies_showtime_add",
            showing(world, studio=world.showtime.studio_id, day=day(world)),
        ),
        "price": (f"admin:movies_showtime_change {showtime}", {"base_price_rupiah": 1}),
        "payout": (f"admin:bookings_manualpayout_change {payout.pk}", {"note": "in cash"}),
        "incident": (f"admin:reports_incident_change {incident.pk}", {"note": "nothing"}),
        "cancelling": (f"admin:bookings_showtimecancellation_add ?{showtime}", {"reason": "no"}),
        "post": (
            "admin:movies_staffpost_add",
            {"email": "a@example.com", "name": "A", "language": "id", "role": Role.MANAGER}
            | {"cinema": ours},
        ),
        "layout": (
            f"admin:seating_layout_editor {world.showtime.studio_id}",
            {"grid": "A rrrr", "base": 1, "scope": "none"},
        ),
        "voucher": ("admin:bookings_voucher_add", {"code": "FREE", "kind": "percent", "value": 99}),
    }


def office_path(name: str) -> str:
    name, _gap, argument = name.partition(" ")
    if argument.startswith("?"):
        return reverse(name, query={"showtime": argument[1:]})
    return reverse(name, args=[argument] if argument else [])


def test_office_refuses_rows_of_another_cinema(two_cinemas: World, outsider: Client) -> None:
    before = everything()
    answers: dict[Any, Any] = {}
    for name, (page, body) in office_posts(two_cinemas).items():
        answer = outsider.post(office_path(page), body)
        answers[name] = answer.headers.get("Location", answer.status_code)

    assert answers == {
        "price card": 200,  # the form again, with errors
        "price card of the chain": 200,
        "cancellation rule": 200,
        "rule of the chain": 200,
        "showtime": 200,
        "price": "/admin/",
        "payout": "/admin/",
        "incident": "/admin/",
        "cancelling": 404,
        "post": 403,
        "layout": 404,
        "voucher": 403,
    }
    assert everything() == before


def test_action_on_rows_of_another_cinema_does_nothing(
    two_cinemas: World, outsider: Client
) -> None:
    before = everything()
    answers: dict[Any, Any] = {}
    for model, action in ACTIONS:
        ids = list(model._default_manager.values_list("pk", flat=True))
        assert ids
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        form = {"action": action, "_selected_action": ids, "index": 0, "post": "yes"}
        for across in ("", "1"):
            answer = outsider.post(path, form | {"select_across": across})
            answers[model.__name__, action, across] = answer.status_code

    assert set(answers.values()) == {302}
    assert everything() == before


def test_ticket_of_another_cinema_is_refused(two_cinemas: World) -> None:
    before = everything()
    answers: dict[Any, Any] = {}
    code = ticket_code(two_cinemas.booking.tickets.order_by("pk")[0])
    form = {"code": code, "showtime": two_cinemas.showtime.pk}
    for who in ("elsewhere", "auditor", "customer"):
        client = caller(two_cinemas.people[who])
        answers[who] = [
            client.post("/api/v1/check-ins", {"code": code}, content_type="application/json"),
            client.post("/en/office/check-in/", form),
            client.post("/en/office/check-in/", {"code": two_cinemas.booking.code}),
        ]

    statuses = {who: [answer.status_code for answer in got] for who, got in answers.items()}
    assert statuses == {"elsewhere": [409, 409, 404], "auditor": [403] * 3, "customer": [403] * 3}
    assert everything() == before
