"""Rate limits where many honest customers share one network."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from bookings.api.access import BOOKINGS_BY_CALLER, CALLERS_BY_NETWORK
from bookings.api.views import QUOTES_BY_CALLER
from bookings.orders.access_tokens import access_token
from bookings.orders.vouchers import CODES_BY_HOLD, REFUSED_CODES_BY_NETWORK
from bookings.site.booking import LINKS_BY_BOOKING, WRONG_LINKS_BY_NETWORK
from bookings.site.checkout import CHECKOUTS_BY_VISITOR
from bookings.waitlist.limits import JOINS_BY_NETWORK
from core.ratelimit import PROFILE_BY_ACCOUNT, RateLimit
from seating.api.visitors import app_visitor
from tests.api.test_seats import APP, OTHER_APP, hold, post, sign_in
from tests.bookings.browser import send, take, visitor_of
from tests.factories import (
    make_confirmed_booking,
    make_showtime,
    make_ticket_type,
    make_user,
    make_voucher,
)
from tests.limits import use_up
from tests.seating.test_holds import seat_ids

pytestmark = pytest.mark.django_db


def quote(headers: dict[str, str], voucher: str = "") -> Any:
    make_ticket_type()
    showtime = make_showtime(rows="A", seats_per_row=1)
    [seat] = seat_ids(showtime)
    held = hold(showtime, [seat], headers).json()["id"]
    tickets = [{"seat": seat, "ticket_type": "adult"}]
    return post(f"holds/{held}/quote", {"tickets": tickets, "voucher": voucher}, headers)


def test_quotes_are_counted_by_installation_and_not_by_network() -> None:
    use_up(QUOTES_BY_CALLER)
    use_up(QUOTES_BY_CALLER, app_visitor(APP["X-Visitor"]))

    refused, honest = quote(APP), quote(OTHER_APP)

    assert (refused.status_code, honest.status_code) == (429, 200)
    assert int(refused.headers["Retry-After"]) > 0


def test_network_of_anonymous_callers_does_not_limit_an_account() -> None:
    user = make_user()
    use_up(CALLERS_BY_NETWORK)

    assert [quote(APP).status_code, quote(sign_in(user)).status_code] == [429, 200]


def test_joins_of_a_network_do_not_limit_an_account() -> None:
    path = f"showtimes/{make_showtime(rows='A', seats_per_row=1).pk}/waitlist"
    wanted = {"size": 1, "email": "siti@example.com"}
    use_up(JOINS_BY_NETWORK)
    joins = [post(path, wanted, headers) for headers in (APP, sign_in(make_user()))]
    use_up(CALLERS_BY_NETWORK)
    entry = f"/api/v1/waitlist/{uuid4()}"
    reads = [Client(headers=headers).get(entry) for headers in (APP, sign_in(make_user()))]

    assert [(a.status_code, a.json()["code"]) for a in (*joins, *reads)] == [
        (429, "rate_limited"),
        (409, "seats_still_free"),
        (429, "rate_limited"),
        (404, "waitlist_entry_not_found"),
    ]


def test_account_is_counted_wherever_it_is() -> None:
    user, other = make_user(), make_user()
    use_up(BOOKINGS_BY_CALLER, f"user:{user.pk}")
    use_up(PROFILE_BY_ACCOUNT, f"user:{user.pk}")

    for path in ("bookings", "me"):
        answers = [
            Client(headers=sign_in(who), REMOTE_ADDR=address).get(f"/api/v1/{path}").status_code
            for who, address in ((user, "198.51.100.1"), (other, "198.51.100.1"))
        ]
        assert answers == [429, 200]


def test_correct_voucher_codes_of_a_network_are_not_counted() -> None:
    make_voucher(code="HEMAT")

    for number in range(CODES_BY_HOLD.amount + 1):
        headers = {"X-Visitor": f"an-installation-secret-{number}"}
        assert quote(headers, "HEMAT").status_code == 200
    assert REFUSED_CODES_BY_NETWORK.peek("127.0.0.1").remaining == REFUSED_CODES_BY_NETWORK.amount


def test_correct_guest_links_of_a_network_are_not_counted(client: Client) -> None:
    booking, busy = make_confirmed_booking(), make_confirmed_booking()
    paths = [f"/en/b/{each.code}/{access_token(each)}/" for each in (booking, busy)]
    use_up(LINKS_BY_BOOKING, str(busy.pk))

    assert [client.get(path).status_code for path in paths] == [302, 429]
    remaining = WRONG_LINKS_BY_NETWORK.peek("127.0.0.1").remaining
    assert remaining == WRONG_LINKS_BY_NETWORK.amount


def test_wrong_guest_links_use_up_the_network(client: Client) -> None:
    booking = make_confirmed_booking()
    wrong = client.get(f"/en/b/{booking.code}/wrong/")
    remaining = WRONG_LINKS_BY_NETWORK.peek("127.0.0.1").remaining
    use_up(WRONG_LINKS_BY_NETWORK)

    refused = client.get(f"/en/b/{booking.code}/{access_token(booking)}/")

    assert (wrong.status_code, remaining) == (404, WRONG_LINKS_BY_NETWORK.amount - 1)
    assert refused.status_code == 429


def test_checkouts_are_counted_by_browser(settings: Any) -> None:
    settings.SANDBOX_API_URL = "http://127.0.0.1:9/sandbox/api"
    showtime = make_showtime(rows="A", seats_per_row=2)
    hasty, honest = Client(), Client()
    [first], [second] = take(hasty, showtime, 1), take(honest, showtime, 1)
    use_up(CHECKOUTS_BY_VISITOR, visitor_of(hasty))

    refused, made = send(hasty, showtime, [first]), send(honest, showtime, [second])

    assert (refused.status_code, made.status_code) == (429, 303)


def test_retry_after_varies_between_clients() -> None:
    limit, seconds = RateLimit("jitter_test", 1, 100), set()
    for number in range(30):
        limit.hit(f"actor-{number}")
        seconds.add(limit.hit(f"actor-{number}").retry_after_seconds)

    assert min(seconds) >= 99
    assert max(seconds) <= 126
    assert len(seconds) > 5
