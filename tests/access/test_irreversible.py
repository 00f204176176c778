"""Confirmation of every irreversible route and list action of the office.

A new route or action fails here until it is added to one of the lists.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.auth.session import AT_KEY, RECENT
from tests.access.other_cinema import everything
from tests.access.requests import BACKEND
from tests.access.routes import all_routes
from tests.access.test_matrix import LOGOUTS, MODEL_PAGES, MODEL_ROW
from tests.access.world import World, make_world

pytestmark = pytest.mark.django_db

# How each is confirmed. "reason": refused without one.
IRREVERSIBLE: dict[str, str] = {
    "bookings.booking: cancel_and_refund": "preview with names and sums, reason, recent sign-in",
    "bookings.refund: take_over": "recent sign-in; money leaves only with the payout's note",
    "bookings.manualpayout: change": "page of the payout, reason (how it was paid), recent sign-in",
    "bookings.showtimecancellation: add": "preview with sums, reason, recent sign-in",
    "admin/bookings/booking/<path:object_id>/cancel-tickets/": "choice, reason, recent sign-in",
    "admin/bookings/booking/<path:object_id>/move/": "choice of seats, reason, recent sign-in",
    "admin/bookings/booking/<path:object_id>/note/": "one note of one booking, as typed",
    "admin/bookings/refundbatch/<path:object_id>/approve/": "page with sums, recent sign-in",
    "admin/bookings/refundbatch/<path:object_id>/reject/": "page with sums, recent sign-in",
    "admin/accounts/user/<path:object_id>/second-step/": "page that explains it, recent sign-in",
    "admin/accounts/user/<path:object_id>/sign-out/": "page that explains it, recent sign-in",
    "admin/incidents/<int:incident_id>/<slug:action>/": (
        "button of one incident; recent sign-in where money moves"
    ),
    "admin/board/showtimes/<int:showtime_id>/move/": "plan of what moves; sold: recent sign-in",
    "admin/desk/showtimes/<int:showtime_id>/seats/<int:seat_id>/<slug:action>/": (
        "sheet of one seat; releasing a hold is offered there only"
    ),
    "admin/movies/schedulebatch/<path:object_id>/undo/": (
        "page with counts; only showtimes that nobody booked"
    ),
    "movies.showtime: cancel_showtimes": "preview with sums, reason, recent sign-in",
    "office/check-in/": "one ticket or party at a time, as read",
}
# Reversible: it can be changed back, sent again or removed again.
REVERSIBLE = {
    "admin/accounts/user/<path:object_id>/invitation/",
    "admin/alerts/",
    "admin/board/<int:cinema_id>/<str:day>/",
    "admin/board/<int:cinema_id>/<str:day>/add/",
    "admin/board/<int:cinema_id>/<str:day>/copy/",
    "admin/board/<int:cinema_id>/<str:day>/fill/",
    "admin/bookings/booking/<path:object_id>/contact/",
    "admin/bookings/booking/<path:object_id>/resend/",
    "admin/desk/showtimes/<int:showtime_id>/closures/",
    "admin/reports/seatclosure/<path:object_id>/end/",
    "admin/movies/movie/import/",
    "admin/movies/showtime/import/",
    "admin/password_change/",
    "admin/reports/exports/",
    "admin/reports/exports/<uuid:job_id>/retry/",
    "admin/reports/figures/<slug:slug>/file/",
    "admin/reports/schedules/",
    "admin/reports/schedules/<int:schedule_id>/delete/",
    "admin/reports/schedules/<int:schedule_id>/resume/",
    "admin/reports/schedules/<int:schedule_id>/stop/",
    "admin/seating/layout/studio/<int:studio_id>/",
    "bookings.booking: send_tickets_again",
    "django_celery_beat.periodictask: disable_tasks",
    "django_celery_beat.periodictask: enable_tasks",
    "django_celery_beat.periodictask: run_tasks",
    "django_celery_beat.periodictask: toggle_tasks",
    "movies.showtime: reprice_showtimes",
    "notifications.message: send_again",
}
# Read-only, whatever the method.
READING = {
    "admin/",
    "admin/(?P<url>.*)$",
    "admin/autocomplete/",
    "admin/board/",
    "admin/board/<int:cinema_id>/<str:day>/suggestion/",
    "admin/board/showtimes/<int:showtime_id>/",
    "admin/bookings/booking/<path:object_id>/print/",
    "admin/bookings/tickettype/price-preview/",
    "admin/desk/",
    "admin/desk/showtimes/<int:showtime_id>/",
    "admin/desk/showtimes/<int:showtime_id>/seats/",
    "admin/desk/showtimes/<int:showtime_id>/seats/<int:seat_id>/",
    "admin/jsi18n/",
    "admin/login/",
    "admin/movies/pricecard/preview/",
    "admin/movies/showtime/<path:object_id>/cancel/",
    "admin/movies/staffpost/permissions/",
    "admin/movies/studio/<path:object_id>/seat-layout/",
    "admin/password_change/done/",
    "admin/reports/",
    "admin/reports/exports/<uuid:job_id>/",
    "admin/reports/exports/<uuid:job_id>/file/",
    "admin/reports/exports/<uuid:job_id>/state/",
    "admin/reports/figures/<slug:slug>/",
    "admin/search/",
    "admin/seating/layout/studio/<int:studio_id>/preview/",
    "admin/status/",
}


def offered() -> set[str]:
    """Routes of the office without the models' forms, and the actions of its lists."""
    routes = {
        route.pattern
        for route in all_routes()
        if route.pattern.startswith(("admin/", "office/"))
        and route.pattern not in LOGOUTS
        and "(?P<app_label>" not in route.pattern
    }
    forms = {
        pattern for pattern in routes if pattern.endswith(MODEL_ROW) or _is_form_of_a_model(pattern)
    }
    actions = {
        f"{model._meta.label_lower}: {action if isinstance(action, str) else action.__name__}"
        for model, model_admin in admin.site._registry.items()
        for action in model_admin.actions or ()
    }
    return (routes - forms) | actions


def _is_form_of_a_model(pattern: str) -> bool:
    models = {
        f"{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry
    }
    rest = pattern.removeprefix("admin/")
    return any(rest == model + page for model in models for page in MODEL_PAGES)


def test_every_route_and_action_is_known_with_its_confirmation() -> None:
    forms = {name for name in IRREVERSIBLE if name.endswith((": add", ": change"))}
    known = {*IRREVERSIBLE, *REVERSIBLE, *READING} - forms

    assert sorted(offered() - known) == []
    assert sorted(known - offered()) == []
    assert REVERSIBLE.isdisjoint(IRREVERSIBLE)


def path_of(world: World, name: str) -> tuple[str, dict[str, Any]]:
    """The path of an irreversible route or action, and the body of its POST without a reason."""
    if name == "bookings.showtimecancellation: add":
        query = {"showtime": world.showtime.pk}
        return reverse("admin:bookings_showtimecancellation_add", query=query), {}
    if ": " in name:
        label, action = name.split(": ")
        model = next(m for m in admin.site._registry if m._meta.label_lower == label)
        row = model._default_manager.order_by("pk").first()
        assert row is not None
        base = f"admin:{label.replace('.', '_')}"
        if action == "change":
            return reverse(f"{base}_change", args=[row.pk]), {}
        body = {"action": action, "_selected_action": [row.pk], "is_confirmed": "1"}
        return reverse(f"{base}_changelist"), body
    route = next(route for route in all_routes() if route.pattern == name)
    return route.path(world.arguments(route.pattern, route.name)), {}


def signed_in(world: World, *, is_recent: bool) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    owner = world.people["owner"]
    assert owner is not None
    client.force_login(owner, BACKEND)
    if not is_recent:
        session = client.session
        session[AT_KEY] = (timezone.now() - RECENT).timestamp()
        session.save()
    return client


def test_irreversible_changes_require_recent_authentication() -> None:
    world = make_world()
    client = signed_in(world, is_recent=False)
    named = [name for name, how in IRREVERSIBLE.items() if how.endswith(" recent sign-in")]
    asked = {}
    for name in named:
        if name.startswith("admin/board/"):
            continue  # only of sold showtimes: tests/bookings/test_board_moves.py
        path, body = path_of(world, name)
        answer = client.post(path, body)
        asked[name] = (answer.status_code, "Confirm that it is you" in answer.content.decode())

    assert {name: got for name, got in asked.items() if got != (403, True)} == {}


def test_nothing_happens_without_a_reason() -> None:
    world = make_world()
    client = signed_in(world, is_recent=True)
    before = everything()
    answers = {}
    for name, how in IRREVERSIBLE.items():
        if "reason" in how:
            path, body = path_of(world, name)
            answers[name] = client.post(path, body).status_code

    assert set(answers.values()) == {200}
    assert everything() == before
