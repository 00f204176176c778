"""The audit history: who changed what; read by who may, at their cinemas, written by nobody."""

from __future__ import annotations

import pghistory
import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.models import Booking
from cinema_project.celery import app
from movies.models import PriceCard, Role, Showtime
from tests.factories import (
    make_cinema,
    make_confirmed_booking,
    make_manager,
    make_showtime,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db

SHOWTIMES = reverse("admin:movies_showtimehistory_changelist")
BOOKINGS = reverse("admin:bookings_bookinghistory_changelist")


def signed_in(user: object) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)  # type: ignore[arg-type]  # a User
    return client


def told(row: object) -> list[tuple[str, dict[str, object] | None]]:
    events = row.history.order_by("pgh_id").select_related("pgh_context")  # type: ignore[attr-defined]
    return [(e.pgh_label, e.pgh_context and e.pgh_context.metadata) for e in events]


def test_price_changed_in_the_office_is_kept_with_who_did_it() -> None:
    showtime = make_showtime()
    manager = make_manager(showtime.studio.cinema)
    page = reverse("admin:movies_showtime_change", args=[showtime.pk])
    signed_in(manager).post(page, {"base_price_rupiah": "61000"})

    shown = signed_in(manager).get(SHOWTIMES).content.decode()

    assert told(showtime) == [("added", None), ("changed", {"user": manager.pk, "url": page})]
    assert "base price (Rp): 50000 → 61000" in shown
    assert manager.name in shown


def test_task_is_named_in_what_it_changes() -> None:
    showtime = make_showtime()

    @app.task(name="tests.reprice")
    def reprice() -> None:
        Showtime.objects.filter(pk=showtime.pk).update(base_price_rupiah=1)

    reprice()

    assert told(showtime)[1:] == [("changed", {"task": "tests.reprice"})]


def test_removed_card_is_still_told_of() -> None:
    card = PriceCard.objects.create(
        cinema=make_cinema(),
        studio_class="regular",
        screen_format="2D",
        day_kind="friday",
        price_rupiah=1,
    )
    history = PriceCard.history.rel.related_model.objects  # type: ignore[attr-defined]
    card.delete()

    assert list(history.order_by("pgh_id").values_list("pgh_label", "price_rupiah")) == [
        ("added", 1),
        ("removed", 1),
    ]


@pytest.mark.parametrize("deed", ["update", "delete"])
def test_history_can_be_changed_by_nobody(deed: str) -> None:
    history = make_showtime().history.all()  # type: ignore[attr-defined]

    with pytest.raises(ProgrammingError), transaction.atomic():
        history.update(base_price_rupiah=7) if deed == "update" else history._raw_delete("default")
    assert history.get().base_price_rupiah == 50_000


def test_history_of_another_cinema_is_not_there() -> None:
    make_showtime(base_price_rupiah=77_777)

    stranger = signed_in(make_manager(make_cinema())).get(SHOWTIMES)
    auditor = signed_in(make_staff(Role.AUDITOR, None)).get(SHOWTIMES)

    assert ("77777" in stranger.content.decode(), "77777" in auditor.content.decode()) == (
        False,
        True,
    )


def test_auditor_reads_an_orders_changes_without_the_buyer() -> None:
    booking = make_confirmed_booking()
    Booking.objects.filter(pk=booking.pk).update(contact_name="Somebody Else")
    cinema = booking.showtime.studio.cinema

    shown = [
        signed_in(person).get(BOOKINGS).content.decode()
        for person in (make_manager(cinema), make_staff(Role.AUDITOR, cinema))
    ]

    assert [("Somebody Else" in page, "confirmed" in page) for page in shown] == [
        (True, True),
        (False, True),
    ]
    probe = signed_in(make_staff(Role.AUDITOR, cinema))
    assert probe.get(f"{BOOKINGS}?contact_name__startswith=S").status_code == 400


def test_usher_and_customer_read_no_history() -> None:
    usher = make_staff(Role.USHER, make_cinema())

    assert [signed_in(who).get(SHOWTIMES).status_code for who in (usher, make_user())] == [403, 302]


def test_list_takes_the_same_queries_for_one_event_and_for_many() -> None:
    cinema = make_showtime().studio.cinema
    client = signed_in(make_manager(cinema))
    counts = []
    for price in (1, 2, 3):
        with pghistory.context(user=1):
            Showtime.objects.update(base_price_rupiah=price)
        with CaptureQueriesContext(connection) as queries:
            client.get(SHOWTIMES)
        counts.append(len(queries))

    assert counts[1:] == [counts[1]] * 2
