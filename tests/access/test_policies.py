"""Every page of the site and of the account: what browsers are told, and nothing inline."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.access.knocking import caller
from tests.access.routes import all_routes
from tests.access.world import World, make_world

pytestmark = pytest.mark.django_db

# The office's theme needs more, and the sandbox bank is another company.
ELSEWHERE = ("admin/", "sandbox/", "metrics")
# The same for everybody: whatever stands here may be kept by a cache on the way.
PUBLIC = re.compile(
    r"/((films|cinemas)/([-\w]+/)?|schedule/)?$|/showtimes/\d+/seats\.json$|/media/|/static/|/api/v1/"
)
INLINE_SCRIPT = re.compile(rb"<script(?![^>]*(\ssrc=|type=\"application/json\"))[^>]*>", re.I)
INLINE_STYLE = re.compile(rb"<style[\s>]|<[a-z][^<>]*\sstyle=", re.I)
INLINE_HANDLER = re.compile(rb"<[a-z][^<>]*\son[a-z]+=|href=\"javascript:", re.I)


def faults(response: Any) -> list[str]:
    """What a browser would not be protected from."""
    told, body = response.headers, getattr(response, "content", b"")
    policy = told.get("Content-Security-Policy", "")
    found = {
        "no policy": "default-src 'self'" not in policy and "default-src 'none'" not in policy,
        "frames": "frame-ancestors 'none'" not in policy
        and "/media/" not in response.request["PATH_INFO"],
        "unsafe": "unsafe" in policy,
        "sniffing": told.get("X-Content-Type-Options") != "nosniff",
        "no frame options": told.get("X-Frame-Options") != "DENY",
        "other origins": "Access-Control-Allow-Origin" in told,
        "kept": "no-store" not in told.get("Cache-Control", "")
        and not PUBLIC.match(response.request["PATH_INFO"]),
        "referrer": told.get("Referrer-Policy") != "same-origin",
    }
    if told.get("Content-Type", "").startswith("text/html"):
        found |= {
            "inline script": bool(INLINE_SCRIPT.search(body)),
            "inline style": bool(INLINE_STYLE.search(body)),
            "inline handler": bool(INLINE_HANDLER.search(body)),
        }
    return [name for name, is_so in found.items() if is_so]


def paths(world: World) -> list[str]:
    routes = [route for route in all_routes() if not route.pattern.startswith(ELSEWHERE)]
    return [route.path(world.arguments(route.pattern, route.name)) for route in routes]


@pytest.mark.parametrize("who", ["anonymous", "buyer", "manager"])
def test_every_page_is_guarded_and_carries_nothing_inline(who: str) -> None:
    world = make_world()
    client = caller(world.people[who])

    found = {path: faults(client.get(path)) for path in paths(world)}

    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_refusals_are_guarded_too() -> None:
    client = Client()
    answers = [
        client.get("/nothing/here/"),
        client.get("/bookings/NOTHING1/"),
        client.post("/showtimes/1/hold/", b"[", content_type="application/json"),
        client.post("/accounts/login/", {"login": "", "password": ""}),
        client.get("/api/v1/nothing"),
        Client(enforce_csrf_checks=True).post("/accounts/login/", {}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 400, 200, 404, 403]
    assert [faults(answer) for answer in answers] == [[]] * 6


def test_what_caches_may_keep_is_the_same_for_everybody() -> None:
    """And sets no cookie, which would become everybody's."""
    world = make_world()
    found = {}
    for path in paths(world):
        answers = [caller(world.people[who]).get(path) for who in ("anonymous", "buyer", "manager")]
        if any("public" in answer.headers.get("Cache-Control", "") for answer in answers):
            found[path] = (
                len({answer.content for answer in answers if answer.status_code == 200}),
                [name for answer in answers for name in answer.cookies if name != "sessionid"],
            )

    assert len(found) > 10
    assert {path: told for path, told in found.items() if told != (1, [])} == {}


@pytest.mark.parametrize("page", ["admin:index", "admin:password_change", "admin:jsi18n"])
def test_office_is_kept_by_nobody(page: str) -> None:
    answer = caller(make_world().people["manager"]).get(reverse(page))

    assert (answer.status_code, "no-store" in answer.headers["Cache-Control"]) == (200, True)


def test_reference_of_the_api_draws_itself_by_a_script_of_its_own() -> None:
    script = Client().get("/api/v1/docs/", {"script": ""})

    assert (script.status_code, script.headers["Content-Type"]) == (200, "application/javascript")
    assert b"/api/v1/schema/" in script.content
