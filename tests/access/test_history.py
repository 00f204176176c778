"""Audit log: diffs and actors; readable with permission at the user's cinemas, never writable."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import pghistory
import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.models import Booking, Refund, Voucher
from cinema_project.celery import app
from core.audit import history_of
from movies.models import PriceCard, Role, Showtime
from tests.clients import signed_in
from tests.factories import (
    make_cinema,
    make_confirmed_booking,
    make_manager,
    make_refund,
    make_showtime,
    make_staff,
    make_studio,
    make_user,
    make_voucher,
)

pytestmark = pytest.mark.django_db

SHOWTIMES = reverse("admin:movies_showtimehistory_changelist")
BOOKINGS = reverse("admin:bookings_bookinghistory_changelist")


def shown_changes(page: str) -> list[list[str]]:
    """Label and value of each change that a page shows, newest first."""
    lines = re.findall(r"<div><dt>(.*?)</dt><dd>(.*?)</dd></div>", page)
    return [[html.unescape(re.sub(r"<[^>]+>", "", part)) for part in line] for line in lines]


def diff_of(row: object) -> list[tuple[str, dict[str, object] | None]]:
    events = row.history.order_by("pgh_id").select_related("pgh_context")  # type: ignore[attr-defined]
    return [(e.pgh_label, e.pgh_context and e.pgh_context.metadata) for e in events]


def test_price_changed_in_the_office_is_kept_with_who_did_it() -> None:
    showtime = make_showtime()
    manager = make_manager(showtime.studio.cinema)
    page = reverse("admin:movies_showtime_change", args=[showtime.pk])
    signed_in(manager).post(page, {"base_price_rupiah": "61000"})

    shown = signed_in(manager).get(SHOWTIMES).content.decode()

    assert diff_of(showtime) == [("added", None), ("changed", {"user": manager.pk, "url": page})]
    assert shown_changes(shown)[0] == ["Base price", "Rp50,000 → Rp61,000"]
    assert manager.name in shown


def test_task_is_named_in_what_it_changes() -> None:
    showtime = make_showtime()

    @app.task(name="tests.reprice")
    def reprice() -> None:
        Showtime.objects.filter(pk=showtime.pk).update(base_price_rupiah=1)

    reprice()

    assert diff_of(showtime)[1:] == [("changed", {"task": "tests.reprice"})]


def test_history_contains_deleted_price_cards() -> None:
    card = PriceCard.objects.create(
        cinema=make_cinema(),
        studio_class="regular",
        screen_format="2D",
        day_kind="friday",
        price_rupiah=1,
    )
    history = history_of(PriceCard).objects
    card.delete()

    assert list(history.order_by("pgh_id").values_list("pgh_label", "price_rupiah")) == [
        ("added", 1),
        ("removed", 1),
    ]


@pytest.mark.parametrize("deed", ["update", "delete"])
def test_history_cannot_be_changed(deed: str) -> None:
    history = make_showtime().history.all()  # type: ignore[attr-defined]

    with pytest.raises(ProgrammingError), transaction.atomic():
        history.update(base_price_rupiah=7) if deed == "update" else history._raw_delete("default")
    assert history.get().base_price_rupiah == 50_000


def test_history_of_another_cinema_is_not_there() -> None:
    make_showtime(base_price_rupiah=77_777)

    other_client = signed_in(make_manager(make_cinema())).get(SHOWTIMES)
    auditor = signed_in(make_staff(Role.AUDITOR, None)).get(SHOWTIMES)

    assert ["Rp77,777" in page.content.decode() for page in (other_client, auditor)] == [
        False,
        True,
    ]


def test_auditor_reads_an_orders_changes_without_the_buyer() -> None:
    booking = make_confirmed_booking()
    Booking.objects.filter(pk=booking.pk).update(contact_name="Somebody Else")
    cinema = booking.showtime.studio.cinema

    shown = [
        signed_in(person).get(BOOKINGS).content.decode()
        for person in (make_manager(cinema), make_staff(Role.AUDITOR, cinema))
    ]

    assert [("Somebody Else" in page, "Confirmed" in page) for page in shown] == [
        (True, True),
        (False, True),
    ]
    probe = signed_in(make_staff(Role.AUDITOR, cinema))
    assert probe.get(f"{BOOKINGS}?contact_name__startswith=S").status_code == 400


def test_usher_and_customer_read_no_history() -> None:
    usher = make_staff(Role.USHER, make_cinema())

    assert [signed_in(who).get(SHOWTIMES).status_code for who in (usher, make_user())] == [403, 302]


def test_list_needs_the_same_queries_for_one_event_and_for_many() -> None:
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


def test_history_shows_names_and_the_cinemas_time_zone() -> None:
    cinema = make_cinema(time_zone="Asia/Makassar")
    showtime = make_showtime(make_studio(cinema, name="Studio 1"))
    other = make_studio(cinema, name="Studio 9")
    later = datetime(2027, 1, 2, 12, 30, tzinfo=UTC)
    with pghistory.context(task="tests.move"):
        Showtime.objects.filter(pk=showtime.pk).update(
            studio=other, cancelled_at=later, screen_format="LF"
        )

    shown = signed_in(make_manager(cinema)).get(SHOWTIMES).content.decode()

    assert shown_changes(shown)[:3] == [
        ["Studio", f"{showtime.studio} → {other}"],
        ["Format", "2D → Large format"],
        ["Cancelled", "– → 2 Jan 2027, 20:30 WITA"],
    ]
    assert "Layar, by itself" in shown
    assert "Pgh" not in shown


def test_page_of_one_event_is_named_and_leads_to_its_row() -> None:
    booking = make_confirmed_booking()
    event = booking.history.order_by("pgh_id")[0]  # type: ignore[attr-defined]
    page = reverse("admin:bookings_bookinghistory_change", args=[event.pk])
    manager = signed_in(make_manager(booking.showtime.studio.cinema))

    shown = manager.get(page).content.decode()

    assert "BookingHistory object" not in shown
    assert ["Status", "Waiting for payment → Confirmed"] in shown_changes(shown)
    order = reverse("admin:bookings_booking_change", args=[booking.pk])
    assert f'<a href="{order}">{booking.code}</a>' in shown
    assert "/history/" not in shown


def test_history_of_a_refund_names_its_booking_and_is_limited_to_its_cinema() -> None:
    booking = make_confirmed_booking()
    refund = make_refund(booking.payments.get())
    Refund.objects.filter(pk=refund.pk).update(status="sent", attempts=1)
    page = reverse("admin:bookings_refundhistory_changelist")

    shown = signed_in(make_manager(booking.showtime.studio.cinema)).get(page).content.decode()
    other_client = signed_in(make_manager(make_cinema())).get(page).content.decode()

    assert shown_changes(shown) == [["Status", "Due → Sent to the provider"], ["Attempts", "0 → 1"]]
    assert (booking.code in shown, booking.code in other_client) == (True, False)


def test_history_contains_vouchers_without_their_uses() -> None:
    voucher = make_voucher(kind="percent", value=10)
    Voucher.objects.filter(pk=voucher.pk).update(uses=1)
    Voucher.objects.filter(pk=voucher.pk).update(value=50, weekdays=[1, 7])
    page = reverse("admin:bookings_voucherhistory_changelist")

    shown = signed_in(make_staff(Role.CHAIN_ADMIN, None)).get(page).content.decode()

    assert diff_of(voucher) == [("added", None), ("changed", None)]
    assert shown_changes(shown)[:2] == [
        ["Value", "10 → 50"],
        ["Only on these weekdays", "– → Mon, Sun"],
    ]


def test_history_query_count_does_not_depend_on_the_number() -> None:
    showtime = make_showtime()
    manager = signed_in(make_manager(showtime.studio.cinema))
    pages = [BOOKINGS, reverse("admin:bookings_refundhistory_changelist")]
    counts = []
    for _round in range(3):
        booking = make_confirmed_booking(showtime, 1)
        Refund.objects.filter(pk=make_refund(booking.payments.get()).pk).update(attempts=2)
        with CaptureQueriesContext(connection) as queries:
            for page in pages:
                manager.get(page)
        counts.append(len(queries))

    assert counts[1:] == [counts[1]] * 2
