"""Access matrix: every route × every user. A route without a row fails, and a row without a
route."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.conf import settings as project
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings

from cinema_project import urls
from tests.access import model_rows, rows
from tests.access.requests import SITE_WRITERS, STAFF, WRITERS, caller, callers, send_request
from tests.access.routes import Route, all_routes
from tests.access.world import PEOPLE, World, make_world

pytestmark = pytest.mark.django_db

MODEL_PAGES = (
    "",
    "add/",
    "<path:object_id>/history/",
    "<path:object_id>/delete/",
    "<path:object_id>/change/",
)
MODEL_ROW = "<path:object_id>/"
# Signs the caller out, so it is tested separately.
LOGOUTS = {"admin/logout/", "accounts/logout/"}


def expected(route: Route) -> str | None:
    """The row of this route; None without one."""
    pattern = route.pattern
    if not pattern.startswith("admin/"):
        return rows.SITE.get(pattern) or rows.SITE.get(pattern.removesuffix("/"))
    if "(?P<app_label>" in pattern:
        return rows.APP_LIST
    if line := rows.OFFICE.get(pattern):
        return line
    app, model, page = (*pattern.removeprefix("admin/").split("/", 2), "", "")[:3]
    kind = model_rows.MODELS.get(f"{app}/{model}")
    if kind is None:
        return None
    lines = dict(zip(MODEL_PAGES, model_rows.KINDS[kind], strict=True)) | {
        MODEL_ROW: model_rows.ROW
    }
    return lines.get(page)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world whose office and error pages are not rendered, which takes most of the time."""
    for status in (403, 404):
        blank = partial(_blank, status=status)
        monkeypatch.setattr(urls, f"handler{status}", blank, raising=False)
    quick = [*project.MIDDLEWARE, "tests.access.routes.WithoutDrawing"]
    monkeypatch.setattr(admin.site, "each_context", lambda request: {})
    with override_settings(MIDDLEWARE=quick):
        yield make_world()


def _blank(request: HttpRequest, exception: Exception, *, status: int) -> HttpResponse:
    return HttpResponse(status=status)


def described(route: Route, ask: Callable[[str, str], str]) -> str:
    """In the form of the rows."""
    if not route.pattern.startswith("admin/"):
        reads = "".join(ask(who, "get") for who in PEOPLE)
        return f"{reads} {''.join(ask(who, 'post') for who in SITE_WRITERS)}"
    line = expected(route) or ""
    got = "".join(ask(who, "get") for who in STAFF)
    if " " not in line:
        return got
    return f"{got} {''.join(ask(who, 'post') for who in WRITERS)}"


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    routes = [route for route in all_routes() if route.pattern not in LOGOUTS]
    patterns = {route.pattern for route in routes}
    models = {f"admin/{model}/" for model in model_rows.MODELS}

    assert [route.pattern for route in routes if expected(route) is None] == []
    assert sorted({*rows.OFFICE, *rows.SITE, *models} - patterns) == []


def test_every_user_gets_the_response_of_their_row(world: World) -> None:
    clients = callers(world)
    wrong = {}
    for route in all_routes():
        is_twin = route.pattern.startswith("api/") and route.pattern not in rows.SITE
        if route.pattern in LOGOUTS or is_twin:
            continue
        clients["anonymous"] = caller(None)  # an anonymous client stays anonymous from page to page
        got = described(
            route,
            lambda who, method, r=route: send_request(clients[who], world, r, method),  # type: ignore[misc]
        )
        if got != expected(route):
            wrong[route.pattern] = f"{got}, not {expected(route)}"

    assert wrong == {}


@pytest.mark.parametrize("who", ["anonymous", "customer"])
def test_office_redirects_other_users_to_the_sign_in(world: World, who: str) -> None:
    client = callers(world)[who]
    office = [
        route
        for route in all_routes()
        if route.pattern.startswith("admin/") and route.pattern not in {*LOGOUTS, "admin/login/"}
    ]

    answers = {
        route.pattern: send_request(client, world, route, method)
        for route in office
        for method in ("get", "post")
    }

    assert {pattern: letter for pattern, letter in answers.items() if letter != "S"} == {}


def test_password_alone_opens_nothing_of_the_staff(world: World, settings: object) -> None:
    """Without a second factor, a manager has the access of an anonymous visitor."""
    manager = world.people["manager"]
    assert manager is not None
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(manager, "django.contrib.auth.backends.ModelBackend")
    staff_only = [
        route
        for route in all_routes()
        if (route.pattern.startswith("admin/") and route.pattern not in {*LOGOUTS, "admin/login/"})
        or route.pattern == "office/check-in/"
    ]

    with override_settings(STAFF_MFA_REQUIRED=True):
        answers = {route.pattern: send_request(client, world, route) for route in staff_only}

    assert {p: letter for p, letter in answers.items() if letter not in "SL"} == {}
