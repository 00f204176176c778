"""What an app shows of a booking: film, cinema, payments, refunds and files."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from bookings.models import Booking, RefundReason
from bookings.orders.access_tokens import access_token
from bookings.tickets.documents import PDFS_BY_BOOKING
from tests.api.test_seats import sign_in
from tests.factories import make_booking, make_confirmed_booking, make_refund, make_user
from tests.limits import use_up

pytestmark = pytest.mark.django_db

SITE = "http://localhost:8000"


@pytest.fixture
def booking(settings: Any) -> Booking:
    settings.SITE_URL = SITE
    return make_confirmed_booking(user=make_user())


def read(booking: Booking, tail: str = "", **headers: str) -> Any:
    guest = {"X-Booking-Token": access_token(booking), "Accept-Language": "en", **headers}
    return Client(headers=guest).get(f"/api/v1/bookings/{booking.code}{tail}")


def test_booking_names_film_poster_cinema_and_studio(booking: Booking) -> None:
    movie, studio = booking.showtime.movie, booking.showtime.studio
    movie.poster.save("poster.svg", ContentFile(b"<svg/>"))

    found = read(booking).json()

    assert found["movie"] == {
        "id": movie.pk,
        "slug": movie.slug,
        "title": movie.title_en,
        "duration_minutes": movie.duration_minutes,
        "classification": movie.classification,
        "poster_url": f"{SITE}{movie.poster.url}",
        "posters": [],
    }
    cinema = studio.cinema
    assert found["cinema"] == {
        "id": cinema.pk,
        "slug": cinema.slug,
        "name": cinema.name,
        "city": cinema.city,
        "city_slug": cinema.city_slug,
        "time_zone": cinema.time_zone,
        "address": cinema.address,
    }
    assert found["studio"] == {"id": studio.pk, "name": studio.name, "studio_class": "regular"}


def test_booking_contains_payments_and_refunds_with_state_and_dates(booking: Booking) -> None:
    payment = booking.payments.get()
    refund = make_refund(payment, amount_rupiah=10_000, reason=RefundReason.CANCELLATION)

    found = read(booking).json()

    assert [each | {"created_at": 0, "expires_at": 0} for each in found["payments"]] == [
        {
            "reference": payment.reference,
            "provider": payment.provider,
            "status": "succeeded",
            "amount_rupiah": payment.amount_rupiah,
            "currency": "IDR",
            "redirect_url": payment.redirect_url,
            "in_app": {"qr_string": None, "deep_link": None, "snap_token": None},
            "created_at": 0,
            "expires_at": 0,
            "settled_at": found["payments"][0]["settled_at"],
        }
    ]
    assert found["payments"][0]["settled_at"] is not None
    assert [each | {"created_at": 0} for each in found["refunds"]] == [
        {
            "amount_rupiah": 10_000,
            "reason": "cancellation",
            "status": refund.status,
            "provider": payment.provider,
            "created_at": 0,
            "refunded_at": None,
        }
    ]


def test_ticket_by_itself_names_its_booking_film_cinema_and_time(booking: Booking) -> None:
    whole, tickets = read(booking).json(), read(booking, "/tickets").json()

    shared = ("showtime", "movie", "cinema", "studio", "starts_at", "film_ends_at", "time_zone")
    for ticket, line in zip(tickets, whole["tickets"], strict=True):
        assert {name: ticket[name] for name in shared} == {name: whole[name] for name in shared}
        assert ticket["booking"] == booking.code
        assert {name: ticket[name] for name in line} == line


def test_files_of_a_paid_booking_are_linked_and_open_with_its_token(booking: Booking) -> None:
    links = read(booking).json()["links"]
    address = f"{SITE}/api/v1/bookings/{booking.code}"
    page = f"{SITE}/en/bookings/{booking.code}/"
    assert links == {
        "pdf": f"{address}/tickets.pdf",
        "ics": f"{address}/calendar.ics",
        "page": page,
    }

    pdf = read(booking, "/tickets.pdf", Accept="application/pdf")
    ics = read(booking, "/calendar.ics", Accept="text/calendar")
    refused = Client(headers={"Accept": "application/pdf"}).get(
        f"/api/v1/bookings/{booking.code}/tickets.pdf"
    )

    assert (pdf.status_code, pdf["Content-Type"]) == (200, "application/pdf")
    assert pdf.content.startswith(b"%PDF")
    assert (ics.status_code, ics["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert b"BEGIN:VCALENDAR" in ics.content
    assert pdf["Cache-Control"] == ics["Cache-Control"] == "private, no-store"
    assert (refused.status_code, refused["Content-Type"]) == (404, "application/problem+json")
    assert refused.json()["code"] == "booking_not_found"


def test_pdfs_of_a_booking_are_limited(booking: Booking) -> None:
    use_up(PDFS_BY_BOOKING, str(booking.pk))

    answers = [read(booking, tail).status_code for tail in ("/tickets.pdf", "/calendar.ics", "")]

    assert answers == [429, 200, 200]


def test_unpaid_booking_and_a_stranger_have_no_files(booking: Booking) -> None:
    unpaid, stranger = make_booking(), sign_in(make_user())

    assert read(unpaid).json()["links"]["pdf"] is None
    for tail in ("/tickets.pdf", "/calendar.ics"):
        assert read(unpaid, tail).status_code == 404
        theirs = Client(headers=stranger).get(f"/api/v1/bookings/{booking.code}{tail}")
        assert (theirs.status_code, theirs.json()["code"]) == (404, "booking_not_found")
