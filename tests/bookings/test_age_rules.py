"""Ticket types for each classification, and confirmation of the age rule."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bookings.errors import AgeNotConfirmed, TicketTypeNotAllowed
from bookings.models import Booking, BookingEvent, TicketType
from bookings.orders.checkout import quote_hold
from movies.models import Showtime
from tests.api.test_bookings import order
from tests.api.test_seats import hold, post
from tests.bookings.browser import checkout_url, entries, send, take
from tests.bookings.fixtures import hold_of, order_of, seat_ids
from tests.factories import make_movie, make_showtime, make_ticket_type, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _types(settings: Any) -> None:
    settings.SANDBOX_API_URL = "http://127.0.0.1:9/sandbox/api"
    make_ticket_type()
    make_ticket_type("child", name_en="Child", classifications=["SU", "13+"])


def showtime_of(classification: str) -> Showtime:
    return make_showtime(movie=make_movie(classification=classification), rows="A")


@pytest.mark.parametrize(
    ("classification", "is_sold"), [("SU", True), ("13+", True), ("17+", False), ("21+", False)]
)
def test_child_ticket_is_refused_by_quote_and_order_above_its_classifications(
    classification: str, is_sold: bool
) -> None:
    showtime = showtime_of(classification)
    [seat, *_others] = seat_ids(showtime)
    held = hold_of(showtime, [seat])

    def quote() -> None:
        quote_hold(hold=held, ticket_types={seat: "child"}, at=timezone.now())

    def order_children() -> None:
        order_of(held, ticket_types={seat: "child"}, is_age_confirmed=True)

    outcomes = [_refusal(quote), _refusal(order_children)]

    refused = {"classification": classification, "allowed_ticket_types": ["adult"]}
    assert outcomes == [{} if is_sold else refused] * 2
    assert Booking.objects.count() == int(is_sold)


def _refusal(attempt: Any) -> dict[str, Any]:
    try:
        attempt()
    except TicketTypeNotAllowed as error:
        return error.facts
    return {}


@pytest.mark.parametrize(
    ("classification", "is_asked"), [("SU", False), ("13+", False), ("17+", True), ("21+", True)]
)
def test_order_needs_one_confirmation_of_the_age_rule(classification: str, is_asked: bool) -> None:
    showtime = showtime_of(classification)
    held = hold_of(showtime, seat_ids(showtime)[:1])

    if is_asked:
        with pytest.raises(AgeNotConfirmed):
            order_of(held)
    order_of(held, is_age_confirmed=is_asked)

    facts = BookingEvent.objects.get(kind="created").facts
    assert facts.get("age_confirmed", False) is is_asked


def test_api_names_the_allowed_ticket_types() -> None:
    showtime = showtime_of("17+")
    [seat, *_others] = seat_ids(showtime)
    held = hold(showtime, [seat]).json()["id"]
    child = [{"seat": seat, "ticket_type": "child"}]

    refused = post("bookings", order(held, [seat], tickets=child, age_confirmed=True))
    unconfirmed = post("bookings", order(held, [seat]))
    made = post("bookings", order(held, [seat], age_confirmed=True))

    assert [(one.status_code, one.json().get("code")) for one in (refused, unconfirmed)] == [
        (422, "ticket_type_not_allowed"),
        (422, "age_not_confirmed"),
    ]
    assert refused.json()["allowed_ticket_types"] == ["adult"]
    assert made.status_code == 201


def test_api_lists_the_ticket_types_of_a_showtime(client: Client) -> None:
    showtime = showtime_of("21+")

    def codes(query: str) -> list[str]:
        return [kind["code"] for kind in client.get(f"/api/v1/ticket-types{query}").json()]

    assert codes("") == ["adult", "child"]
    assert codes(f"?showtime={showtime.pk}") == ["adult"]
    assert client.get("/api/v1/ticket-types?showtime=987654").status_code == 404
    assert client.get("/api/v1/ticket-types?showtime=x").status_code == 422


def test_checkout_requires_one_confirmation_and_offers_allowed_types(client: Client) -> None:
    showtime = showtime_of("21+")
    ids = take(client, showtime)
    page = client.get(checkout_url(showtime)).content.decode()

    refused = send(client, showtime, ids)
    unconfirmed = refused.content.decode()
    accepted = client.post(checkout_url(showtime), {**entries(ids), "age_confirmed": "on"})

    assert ('value="child"' in page, page.count('name="age_confirmed"')) == (False, 1)
    assert "For 21 and over. Please bring an identity card" in page
    assert (refused.status_code, "Please confirm the film’s age rule." in unconfirmed) == (
        422,
        True,
    )
    assert accepted.status_code in (302, 303)
    assert Booking.objects.count() == 1


def test_checkout_of_a_film_for_all_ages_needs_no_confirmation(client: Client) -> None:
    showtime = showtime_of("SU")
    take(client, showtime)

    page = client.get(checkout_url(showtime)).content.decode()

    assert ('value="child"' in page, "age_confirmed" in page) == (True, False)


def test_office_changes_the_classifications_of_a_ticket_type(client: Client) -> None:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    child = TicketType.objects.get(code="child")
    fields = {
        "code": "child",
        "name_id": "Anak",
        "name_en": "Child",
        "price_percent": "75",
        "position": "1",
        "is_offered": "on",
    }
    address = f"/admin/bookings/tickettype/{child.pk}/change/"

    refused = client.post(address, fields)
    saved = client.post(address, fields | {"classifications": ["SU"]})

    child.refresh_from_db()
    assert (refused.status_code, saved.status_code, child.classifications) == (200, 302, ["SU"])
