"""Security headers of every page of the site and the account; no inline scripts or styles."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.access.requests import caller
from tests.access.routes import all_routes
from tests.access.world import World, make_world

pytestmark = pytest.mark.django_db

# The office's theme needs more, and the sandbox bank is another company.
ELSEWHERE = ("admin/", "sandbox/", "metrics")
# The same for every visitor, so shared caches may store it.
PUBLIC = re.compile(
    r"/((films|cinemas)/([-\w]+/)?|schedule/)?$|/showtimes/\d+/seats\.json$|/media/|/static/|/api/v1/"
    r"|/films/[-\w]+/share\.png$|/cinemas/[-\w]+/showtimes\.ics$"
    r"|/(manifest\.webmanifest|robots\.txt|service-worker\.js|sitemap\.xml)$"
)
INLINE_SCRIPT = re.compile(
    rb"<script(?![^>]*(\ssrc=|type=\"application/(ld\+)?json\"))[^>]*>", re.I
)
INLINE_STYLE = re.compile(rb"<style[\s>]|<[a-z][^<>]*\sstyle=", re.I)
INLINE_HANDLER = re.compile(rb"<[a-z][^<>]*\son[a-z]+=|href=\"javascript:", re.I)


def faults(response: Any) -> list[str]:
    """Missing or wrong security headers of a response."""
    headers, body = response.headers, getattr(response, "content", b"")
    policy = headers.get("Content-Security-Policy", "")
    found = {
        "no policy": "default-src 'self'" not in policy and "default-src 'none'" not in policy,
        "frames": "frame-ancestors 'none'" not in policy
        and "/media/" not in response.request["PATH_INFO"],
        "unsafe": "unsafe" in policy,
        "sniffing": headers.get("X-Content-Type-Options") != "nosniff",
        "no frame options": headers.get("X-Frame-Options") != "DENY",
        "other origins": "Access-Control-Allow-Origin" in headers,
        "kept": "no-store" not in headers.get("Cache-Control", "")
        and not PUBLIC.match(response.request["PATH_INFO"]),
        "referrer": headers.get("Referrer-Policy") != "same-origin",
    }
    if headers.get("Content-Type", "").startswith("text/html"):
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


def test_cacheable_responses_are_the_same_for_every_user() -> None:
    """And sets no cookie, which a cache would share."""
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
    assert {path: result for path, result in found.items() if result != (1, [])} == {}


@pytest.mark.parametrize("page", ["admin:index", "admin:password_change", "admin:jsi18n"])
def test_office_responses_are_not_cacheable(page: str) -> None:
    answer = caller(make_world().people["manager"]).get(reverse(page))

    assert (answer.status_code, "no-store" in answer.headers["Cache-Control"]) == (200, True)


def test_reference_of_the_api_draws_itself_by_a_script_of_its_own() -> None:
    script = Client().get("/api/v1/docs/", {"script": ""})

    assert (script.status_code, script.headers["Content-Type"]) == (200, "application/javascript")
    assert b"/api/v1/schema/" in script.content
