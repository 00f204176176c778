"""Malformed parameters for every route: a refusal is allowed, a server error is not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as project
from django.contrib import admin
from django.db import transaction
from django.test import Client, override_settings

from tests.access.requests import caller
from tests.access.routes import GAP, NAMED_GROUP, Route, all_routes
from tests.access.test_matrix import LOGOUTS
from tests.access.world import World, make_world

pytestmark = pytest.mark.django_db

# Text that PostgreSQL cannot store, text that Python cannot parse as a number, numbers beyond every
# column, and the last date.
NUL, MANY_DIGITS, TOO_LARGE, LAST_DAY = "a\x00b", "9" * 5_000, str(2**63), "9999-12-31"
WORDS = (NUL, MANY_DIGITS, TOO_LARGE, LAST_DAY)
# Models whose admin pages represent those of all models.
MODELS = ("movies/showtime", "bookings/booking", "reports/incident")
MADE = re.compile(r"admin/(?P<model>\w+/\w+)/(<path:object_id>/(\w+/)?|add/)?$")


def words_of(text: str) -> list[str]:
    return text.split()


ASKED = words_of(
    """
    after basis business_date__day business_date__month business_date__year check cinema
    cinema__id__exact cinemas city code date day e email film first first_day format genre hour
    id language last last_day limit location movie o order p page q query resolved_at__isempty
    seat seats show search showtime showtime__studio__cinema__id__exact sort starts state status
    studio studio__cinema__id__exact target token until version view voucher _popup _to_field
    """
)
TYPED = words_of(
    """
    action base code contact_email contact_name contact_phone content day digest email file
    fingerprint first_day format grid hour hours id index is_confirmed language last_day login
    method movie name next note order password phone provider q query reason scope screen_format
    seat seats select_across serial showtime step studio studios take target tickets upload
    voucher what weekdays _selected_action confirm_password credential delay_seconds choice user
    role cinema price_rupiah base_price_rupiah from_minute hours_before report period
    file_format
    """
)
KEYS = words_of(
    """
    add amount code contact email event hold id kind language name order_id password payment
    phone provider release remove seat seats serials showtime status ticket_type tickets token
    type voucher wants_sms transaction_status signature_key gross_amount
    """
)
READS_JSON = re.compile(r"api/|webhooks/|sandbox/|showtimes/.*/(hold|seats)")
DEEP = 100_000
BODIES: tuple[bytes, ...] = (
    b"",
    b"null",
    b"[]",
    b"{",
    b"\xff\xfe\x00",
    b"[" * DEEP + b"]" * DEEP,
    b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    b'{"a":1e999,"b":NaN}',
    b'{"a":' + b"9" * 5_000 + b"}",
    b'{"code":"\\ud800"}',
)
VALUES: tuple[Any, ...] = (
    None,
    2**63,
    10**30,
    NUL,
    MANY_DIGITS,
    "\ud800",
    [[]],
    [2**63],
    [NUL],
    [{"seat": 2**63, "ticket_type": NUL, "type": NUL}],
    {"email": f"{NUL}@example.com", "name": NUL, "phone": NUL},
)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    quick = [*project.MIDDLEWARE, "tests.access.routes.WithoutDrawing"]
    monkeypatch.setattr(admin.site, "each_context", lambda request: {})
    with override_settings(MIDDLEWARE=quick, RATE_LIMIT_FACTOR=1_000_000):
        yield make_world()


def routes() -> list[Route]:
    """Every route once, without other languages and without slash twins of the API."""
    return [
        route
        for route in all_routes()
        if route.pattern not in LOGOUTS
        and not (route.pattern.startswith("api/") and route.pattern.endswith("/"))
        and ((made := MADE.match(route.pattern)) is None or made["model"] in MODELS)
    ]


class Askers:
    """The clients with the most permissions for a route."""

    def __init__(self, world: World) -> None:
        self.owner, self.buyer = caller(world.people["owner"]), caller(world.people["buyer"])
        self.owner.raise_request_exception = self.buyer.raise_request_exception = False

    def of(self, route: Route) -> Client:
        is_staffs = route.pattern.startswith(("admin/", "office/", "api/v1/check-ins"))
        return self.owner if is_staffs else self.buyer


def broken(client: Client, method: str, path: str, **body: Any) -> bool:
    """Whether the request causes a server error; its changes are rolled back."""
    with transaction.atomic():
        status = getattr(client, method)(path, **body).status_code
        transaction.set_rollback(True)
    return bool(status >= 500)


def culprits(
    client: Client, method: str, path: str, names: Sequence[str], value: Any, as_json: bool
) -> list[str]:
    """The names that cause a server error, found by bisection."""
    body: dict[str, Any] = dict.fromkeys(names, value)
    asked: dict[str, Any] = {"data": body}
    if as_json:
        asked = {"data": json.dumps(body), "content_type": "application/json"}
    if not broken(client, method, path, **asked):
        return []
    if len(names) == 1:
        return [names[0]]
    half = len(names) // 2
    parts = (names[:half], names[half:])
    found = [
        name for part in parts for name in culprits(client, method, path, part, value, as_json)
    ]
    return found or [" and ".join(names)]


def test_addresses_of_nonsense_are_refused(world: World) -> None:
    wrong: list[tuple[str, str, str]] = []
    askers = Askers(world)
    for route in routes():
        client = askers.of(route)
        known = world.arguments(route.pattern, route.name)
        plain = NAMED_GROUP.sub(lambda found: f"<{found[1]}>", route.pattern)
        for gap in dict.fromkeys(GAP.findall(plain)):
            for word in (NUL, MANY_DIGITS, TOO_LARGE):
                path = quote(route.path(known | {gap: word}))
                if broken(client, "get", path) or broken(client, "post", path):
                    wrong.append((route.pattern, gap, word[:9]))

    assert wrong == []


@pytest.mark.parametrize(("method", "names"), [("get", ASKED), ("post", TYPED)])
def test_questions_and_forms_of_nonsense_are_refused(
    world: World, method: str, names: list[str]
) -> None:
    wrong: dict[tuple[str, str], list[str]] = {}
    askers = Askers(world)
    for route in routes():
        if method == "post" and route.pattern.startswith("api/"):
            continue
        client, path = askers.of(route), route.path(world.arguments(route.pattern, route.name))
        for word in WORDS:
            if found := culprits(client, method, path, names, word, as_json=False):
                wrong[route.pattern, word[:9]] = found

    assert wrong == {}


def test_documents_of_nonsense_are_refused(world: World) -> None:
    wrong: dict[Any, Any] = {}
    askers = Askers(world)
    for route in routes():
        if not READS_JSON.match(route.pattern):
            continue
        client, path = askers.of(route), route.path(world.arguments(route.pattern, route.name))
        for body in BODIES:
            if broken(client, "post", path, data=body, content_type="application/json"):
                wrong[route.pattern, body[:9]] = "post"
        for value in VALUES:
            if found := culprits(client, "post", path, KEYS, value, as_json=True):
                wrong[route.pattern, str(value)[:9]] = found

    assert wrong == {}


HEADERS = (
    ("Authorization", "Token \xff\xfe"),
    ("Authorization", f"Token {MANY_DIGITS}"),
    ("Authorization", "Token a b"),
    ("Accept-Language", f"\xff-{NUL},zz;q=9e99"),
    ("Accept-Language", "a-" * 3_000),
    ("Accept", f"\xff/{NUL};q=zz,,;"),
    ("Content-Length", "abc"),
    ("Content-Type", "multipart/form-data; boundary=\xff"),
    ("Content-Type", "application/x-www-form-urlencoded; charset=nonsense"),
    ("Cookie", f"sessionid={NUL}\xff; layar_visitor=a:b; messages=x; csrftoken=\xff"),
    ("Host", "[::1"),
    ("Idempotency-Key", "\xff\xfe"),
    ("Idempotency-Key", MANY_DIGITS),
    ("If-None-Match", '"\xff'),
    ("If-Modified-Since", LAST_DAY),
    ("X-Booking-Token", f"\xff{NUL}"),
    ("X-Forwarded-For", "\xff, 1, x"),
    ("X-Visitor", f"\xff{NUL}"),
)
PATHS = (
    "/",
    "/bookings/",
    "/accounts/login/",
    "/admin/",
    "/showtimes/1/hold/",
    "/api/v1/me",
    "/api/v1/movies",
    "/api/v1/bookings",
    "/api/v1/bookings/ABCDEFGH",
    "/api/v1/showtimes/1/holds",
    "/webhooks/sandbox/",
)


def test_headers_of_nonsense_are_refused(settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    client, wrong = Client(raise_request_exception=False), []
    for path in PATHS:
        for name, value in HEADERS:
            for method in ("GET", "POST"):
                extra: dict[str, Any] = {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": "2"}
                key = name.upper().replace("-", "_")
                extra[key if key in extra else f"HTTP_{key}"] = value
                answer = client.generic(method, path, b"{}", **extra)
                if answer.status_code >= 500:
                    wrong.append((method, path, name, answer.status_code))

    assert wrong == []
