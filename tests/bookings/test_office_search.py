"""The office's search, from every page: what it finds, for whom, and by which index."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bookings.models import Booking
from bookings.models.contact_words import ContactWords, digits_query, words_query
from bookings.office import search
from movies.models import Role, Showtime
from tests.factories import (
    make_cinema,
    make_confirmed_booking,
    make_manager,
    make_movie,
    make_showtime,
    make_staff,
    make_studio,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def showtime(db: None) -> Showtime:
    movie = make_movie(title_id="Hujan Bulan Juni", title_en="June Rain")
    return make_showtime(make_studio(make_cinema()), movie=movie)


@pytest.fixture
def booking(showtime: Showtime) -> Booking:
    return make_confirmed_booking(
        showtime,
        1,
        contact_name="Sari Utami",
        contact_email="sari.utami@contoh.co.id",
        contact_phone="+6281299887766",
    )


@pytest.fixture
def manager(showtime: Showtime) -> User:
    return make_manager(showtime.studio.cinema)


def found(user: User, text: str) -> list[str]:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    answer = client.get(reverse("admin:search"), {"s": text})
    assert answer.status_code == 200
    return re.findall(r'<a href="([^"]+)"', answer.content.decode())


@pytest.mark.parametrize(
    "text",
    ["081299887766", "0812 9988-7766", "+62 812 9988 7766", "7766", "9988-7766", "sari", "Utami, S",
     "sari.utami@contoh.co.id", "utami@", "contoh"],
)  # fmt: skip
def test_booking_is_found_by_its_buyer(booking: Booking, manager: User, text: str) -> None:
    make_confirmed_booking(booking.showtime, 1, contact_name="Budi", contact_phone="+6281311112222")

    assert found(manager, text) == [reverse("admin:bookings_booking_change", args=[booking.pk])]


def test_booking_is_found_by_code_and_payment(booking: Booking, manager: User) -> None:
    payment = booking.payments.get()
    page = [reverse("admin:bookings_booking_change", args=[booking.pk])]
    code = f"{booking.code[:4]}-{booking.code[4:]}".lower()

    assert [found(manager, text) for text in (code, payment.reference or "", str(payment.pk))] == [
        page,
        page,
        page,
    ]


def test_others_find_neither_bookings_of_another_cinema_nor_people(booking: Booking) -> None:
    cinema = booking.showtime.studio.cinema
    page = reverse("admin:bookings_booking_change", args=[booking.pk])
    people = {
        "elsewhere": make_manager(make_cinema()),
        "auditor": make_staff(Role.AUDITOR, cinema),
        "usher": make_staff(Role.USHER, cinema),
        "owner": make_user(is_staff=True, is_superuser=True),
    }
    texts = ("7766", "sari", booking.code)

    assert {
        name: [page in found(user, text) for text in texts] for name, user in people.items()
    } == {
        "elsewhere": [False, False, False],
        "auditor": [False, False, True],
        "usher": [False, False, False],
        "owner": [True, True, True],
    }


@pytest.mark.parametrize("candidates_max", [1, 500])
def test_newest_bookings_of_the_cinema_are_shown_and_that_more_match(
    showtime: Showtime, manager: User, monkeypatch: pytest.MonkeyPatch, candidates_max: int
) -> None:
    monkeypatch.setattr(search, "CANDIDATES_MAX", candidates_max)
    monkeypatch.setattr(search, "BOOKINGS_MAX", 2)
    at = timezone.now()
    elsewhere = make_showtime()
    for place in (elsewhere, elsewhere, showtime, showtime):
        make_confirmed_booking(place, 1, contact_name="Sari Utami")
    ours = list(Booking.objects.filter(showtime=showtime).order_by("created_at"))
    for number, booking in enumerate(ours):
        Booking.objects.filter(pk=booking.pk).update(created_at=at - timedelta(hours=number))
    pages = [reverse("admin:bookings_booking_change", args=[one.pk]) for one in ours]

    few = found(manager, "sari")
    third = make_confirmed_booking(showtime, 1, contact_name="Sari Utami")
    Booking.objects.filter(pk=third.pk).update(created_at=at - timedelta(hours=9))
    many = found(manager, "sari")

    assert (few, many) == (pages, [*pages, reverse("admin:bookings_booking_changelist")])


def test_showtime_is_found_by_film_and_day(showtime: Showtime, manager: User) -> None:
    hall = reverse("reports:showtime", args=[showtime.pk])
    film = reverse("admin:movies_movie_change", args=[showtime.movie_id])
    day = showtime.business_date
    month = ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"]
    elsewhere = make_showtime(movie=showtime.movie)

    assert found(manager, "june rain") == [hall, film]
    for text in (f"{day}", f"{day:%d/%m}", f"hujan {day.day} {month[day.month - 1]}"):
        assert found(manager, text) == [hall]
    assert found(manager, f"hujan {day + timedelta(days=3)}") == []
    assert reverse("reports:showtime", args=[elsewhere.pk]) not in found(manager, "hujan")


def test_menu_is_searched_and_short_or_strange_texts_find_nothing(manager: User) -> None:
    assert reverse("admin:bookings_voucher_changelist") in found(manager, "vouch")
    for text in ("", "x", "'", "& | !", "\\", "(:*)", "9" * 99, "31/31", "zzzzzz"):
        assert found(manager, text) == []


def test_contacts_are_read_by_their_index() -> None:
    """A GIN index is read as a bitmap: in an empty table any other plan would be as cheap."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
    for query in (words_query("sari utami"), digits_query("7766")):
        rows = Booking.objects.annotate(words=ContactWords()).filter(
            words=SearchQuery(query, config="simple", search_type="raw")
        )
        assert "booking_contact_words" in rows.values("pk").explain()
