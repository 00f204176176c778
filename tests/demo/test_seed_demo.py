"""The seeded chain: one run of the command, checked by several tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Count, F, Max, Q, Sum
from django.utils import timezone

from accounts.models import User
from bookings.models import Booking, BookingEvent, CancellationTier, Payment, Ticket, Voucher
from demo import chain, scheduling
from demo.history import long
from demo.history.copies import NUMBERED
from demo.management.commands import seed_demo
from movies.models import Cinema, Movie, PriceCard, Showtime, Studio
from reports.monitoring.invariants import check_invariants
from seating.models import Hold, ShowtimeSeat

HISTORY_TICKETS = 400


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[datetime]:
    """Seeded once for the module, inside a transaction that is rolled back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("seed_demo", history=HISTORY_TICKETS, stdout=StringIO())
        yield timezone.now()
        transaction.set_rollback(True)
    connection.close()


def _state() -> dict[str, Any]:
    """Row counts and checksums that reveal any change."""
    models = (Cinema, Studio, Movie, PriceCard, User, Booking, Ticket, Payment, BookingEvent, Hold)
    return {
        **{model.__name__: model._default_manager.count() for model in models},
        "showtimes": Showtime.objects.aggregate(Count("pk"), Max("pk")),
        "seats": ShowtimeSeat.objects.aggregate(Count("pk"), Max("pk"), Sum("version")),
        "vouchers": list(Voucher.objects.order_by("code").values_list("code", "uses")),
    }


def test_seed_demo_opens_four_cinemas_in_three_time_zones(seeded: datetime) -> None:
    cinemas = Cinema.objects.order_by("city").values_list("city", "time_zone", "posts__user__email")
    assert list(cinemas) == [
        ("Jakarta", "Asia/Jakarta", "jakarta@layar.example"),
        ("Jayapura", "Asia/Jayapura", "jayapura@layar.example"),
        ("Makassar", "Asia/Makassar", "makassar@layar.example"),
        ("Yogyakarta", "Asia/Jakarta", "yogyakarta@layar.example"),
    ]
    assert (Studio.objects.count(), Movie.objects.count()) == (13, 16)


def test_seed_demo_again_changes_nothing(seeded: datetime) -> None:
    before = _state()
    call_command("seed_demo", history=HISTORY_TICKETS, stdout=StringIO())
    assert _state() == before


def test_seed_demo_is_not_hurried_as_visitors_are(seeded: datetime) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        before = cursor.fetchone()
        cursor.execute("SET statement_timeout = 1")
        call_command("seed_demo", history=HISTORY_TICKETS, stdout=StringIO())
        cursor.execute("SHOW statement_timeout")
        after = cursor.fetchone()
        transaction.set_rollback(True)
    assert after == before == ("5s",)


def test_seed_demo_never_puts_back_what_a_manager_removed(seeded: datetime) -> None:
    with transaction.atomic():
        PriceCard.objects.filter(studio_class="sofa").delete()
        Movie.objects.filter(slug="sintel").update(title_en="Sintel, restored")
        before = _state()
        call_command("seed_demo", history=HISTORY_TICKETS, stdout=StringIO())
        after, title = _state(), Movie.objects.get(slug="sintel").title_en
        transaction.set_rollback(True)
    assert (after, title) == (before, "Sintel, restored")


def test_showtimes_cover_three_weeks_of_each_cinemas_own_days(seeded: datetime) -> None:
    for cinema in Cinema.objects.all():
        today = cinema.business_date(seeded)
        days = set(
            Showtime.objects.filter(studio__cinema=cinema).values_list("business_date", flat=True)
        )
        assert days == {today + timedelta(days=n) for n in range(-7, 15)}


def test_showtimes_never_overlap_in_a_studio(seeded: datetime) -> None:
    shows = list(
        Showtime.objects.order_by("studio", "starts_at").values_list(
            "studio", "starts_at", "ends_at"
        )
    )
    overlapping = [
        (one, other) for one, other in pairwise(shows) if one[0] == other[0] and one[2] > other[1]
    ]
    assert overlapping == []


def test_showtimes_after_midnight_belong_to_friday_evening(seeded: datetime) -> None:
    local = [
        (showtime.starts_at.astimezone(showtime.studio.cinema.zone), showtime.business_date)
        for showtime in Showtime.objects.with_places()
    ]
    late = {
        (start.time(), start.date() - day, day.weekday())
        for start, day in local
        if start.date() != day
    }
    early = min(start.time() for start, day in local if start.date() == day)
    assert late == {(time(0, 15), timedelta(days=1), 4)}
    assert early == time(10, 30)


def test_showtimes_show_only_released_films(seeded: datetime) -> None:
    assert not Showtime.objects.filter(business_date__lt=F("movie__release_date")).exists()


def test_showtimes_have_a_row_for_every_seat(seeded: datetime) -> None:
    counts = dict(
        Showtime.objects.annotate(n=Count("seats"))
        .values_list("studio__cinema__slug", "n")
        .filter(studio__name=chain.BENCHMARK_STUDIO_NAME)
        .distinct()
    )
    assert counts[chain.BENCHMARK_CINEMA_SLUG] == 200


def test_programme_filled_a_day_later_adds_one_day(seeded: datetime) -> None:
    with transaction.atomic():
        added = list(scheduling.fill_programme(seeded + timedelta(days=1)))
        transaction.set_rollback(True)
    newest = Showtime.objects.aggregate(day=Max("business_date"))["day"]
    assert {day for day, _count in added} <= {newest, newest + timedelta(days=1)}
    assert sum(count for _day, count in added) > 60


def test_history_sells_the_requested_number(seeded: datetime) -> None:
    live = Ticket.objects.live()
    upcoming = live.filter(booking__showtime__starts_at__gt=seeded).count()
    assert live.count() == HISTORY_TICKETS
    assert 0 < upcoming < HISTORY_TICKETS / 2


def test_history_seats_and_tickets_agree(seeded: datetime) -> None:
    sold = ShowtimeSeat.objects.filter(status="sold").values_list("pk", "sale", "showtime")
    ticketed = Ticket.objects.live().values_list("showtime_seat", "booking", "booking__showtime")
    assert sorted(sold) == sorted(ticketed)


def test_history_money_balances_in_every_booking(seeded: datetime) -> None:
    events = dict(
        Booking.objects.annotate(balance=Sum("events__amount_rupiah")).values_list("pk", "balance")
    )
    payments = dict(
        Booking.objects.annotate(
            kept=Sum(F("payments__captured_rupiah") - F("payments__refunded_rupiah"))
        ).values_list("pk", "kept")
    )
    confirmed = dict(Booking.objects.filter(status="confirmed").values_list("pk", "total_rupiah"))
    assert events == payments
    assert {pk: kept for pk, kept in payments.items() if kept} == confirmed


def test_history_happened_in_order_and_before_now(seeded: datetime) -> None:
    disordered = Booking.objects.filter(
        Q(created_at__lt=F("hold__created_at"))
        | Q(confirmed_at__gt=F("expires_at"))
        | Q(confirmed_at__gt=F("showtime__starts_at"))
        | Q(created_at__lt=F("showtime__sale_opens_at"))
        | Q(cancelled_at__gt=F("showtime__starts_at"))
    )
    assert not disordered.exists()
    assert not BookingEvent.objects.filter(at__gt=seeded).exists()
    assert not Hold.objects.open().exists()


def test_history_counts_the_vouchers_it_used(seeded: datetime) -> None:
    counted = Voucher.objects.annotate(
        n=Count("bookings", filter=Q(bookings__status__in=["pending", "confirmed"]))
    )
    assert {v.code: v.uses for v in counted} == {v.code: v.n for v in counted}


def test_seed_demo_show_signins_lists_all_accounts_and_loads_nothing(db: None) -> None:
    shown = StringIO()
    call_command("seed_demo", show_signins=True, stdout=shown)
    emails = [chain.CHAIN_ADMIN.email]
    emails += [cinema.manager_email for cinema in chain.CINEMAS]
    emails += [customer.email for customer in chain.CUSTOMERS]
    assert [email for email in emails if email not in shown.getvalue()] == []
    assert chain.PASSWORD in shown.getvalue()
    assert not Cinema.objects.exists()


def test_demo_sign_in_opens_with_the_shown_password(seeded: datetime) -> None:
    people = User.objects.filter(email__endswith=chain.MAIL_DOMAIN)
    assert {visitor.check_password(chain.PASSWORD) for visitor in people} == {True}


def test_seed_demo_breaks_no_invariant(seeded: datetime) -> None:
    assert check_invariants() == []


def test_demo_cancellation_rules_and_group_voucher(
    seeded: datetime,
) -> None:
    tiers = CancellationTier.objects.order_by("-hours_before")
    rows: list[Any] = list(tiers.values_list("cinema", "hours_before", "refund_percent"))
    assert rows == [
        (None, 24, 100),
        (None, 3, 75),
        (None, 0, 50),
    ]
    assert [Voucher.objects.get(kind="buy_get").code] == ["NOBAR4"]


def test_long_history_sells_the_requested_number_and_balances(seeded: datetime) -> None:
    """In a transaction that is rolled back: other tests count the short history."""
    with transaction.atomic():
        before = Ticket.objects.live().count()
        weeks = list(long.copy_history_back(before * 3, seeded))
        sold, violations = Ticket.objects.live().count(), check_invariants()
        test_history_seats_and_tickets_agree(seeded)
        test_history_money_balances_in_every_booking(seeded)
        test_history_happened_in_order_and_before_now(seeded)
        test_history_counts_the_vouchers_it_used(seeded)
        again = list(long.copy_history_back(before * 3, seeded))
        transaction.set_rollback(True)
    assert (violations, again) == ([], [])
    assert sold == weeks[-1][1] >= before * 3
    assert [one[0] - other[0] for one, other in pairwise(weeks)] == [timedelta(days=7)] * (
        len(weeks) - 1
    )


def test_long_history_keeps_ids_free_for_new_rows(seeded: datetime) -> None:
    with transaction.atomic():
        list(long.copy_history_back(Ticket.objects.live().count() + 1, seeded))
        ours = {model: model._default_manager.aggregate(Max("pk"))["pk__max"] for model in NUMBERED}
        with connection.cursor() as cursor:
            for model, highest in ours.items():
                table = model._meta.db_table
                cursor.execute(f"SELECT nextval(pg_get_serial_sequence('{table}', 'id'))")
                assert cursor.fetchone()[0] > highest
        transaction.set_rollback(True)


def test_seed_demo_reports_an_existing_history(
    seeded: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seed_demo, "LAST_WEEK_TICKETS_MAX", HISTORY_TICKETS // 2)
    shown = StringIO()
    call_command("seed_demo", history=HISTORY_TICKETS - 1, stdout=shown)
    assert "399 tickets and more were sold already: nothing to add" in shown.getvalue()
