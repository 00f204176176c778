"""One cinema with a row of every kind, another cinema, and a user of every role."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.utils import timezone

from accounts.models import PageKind, User
from accounts.policies.pages import publish, shipped
from backups.models import BackupDrill, BackupRun
from bookings.models import (
    Booking,
    CancellationTier,
    ManualPayout,
    ProviderEvent,
    Refund,
    RefundBatch,
    RefundBatchItem,
    ShowtimeCancellation,
    Waitlist,
    WaitlistEntry,
)
from bookings.orders.access_tokens import access_token
from bookings.waitlist.links import entry_token
from movies.models import Cinema, Genre, Holiday, PriceCard, Role, ScheduleBatch, Showtime, TaxRule
from reports.models import ExportJob, Incident, ReportSchedule, SeatClosure
from seating.models import CategorySurcharge, WaitingRoom
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
from tests.notifications.conftest import make_message

# The order of the letters of a row in ``tests.access.rows``.
PEOPLE = (
    "anonymous",
    "buyer",
    "customer",
    "usher",
    "auditor",
    "elsewhere",
    "manager",
    "chain_admin",
    "owner",
)

UNKNOWN = {"session_id": "0" * 32, "passkey_id": 1, "unknown": "nothing", "url": "nothing"}


@dataclass
class World:
    cinema: Cinema
    showtime: Showtime
    booking: Booking
    entry: WaitlistEntry
    room: WaitingRoom
    people: dict[str, User | None]
    job: ExportJob
    schedule: ReportSchedule
    _arguments: dict[tuple[str, str | None], dict[str, Any]] = field(default_factory=dict)

    def arguments(self, route: str, name: str | None) -> dict[str, Any]:
        """Values of a route's parameters: always a row of ``cinema``.

        They are read once for each route: every request is rolled back.
        """
        if (route, name) not in self._arguments:
            self._arguments[route, name] = self._read_arguments(route, name)
        return dict(self._arguments[route, name])

    def _read_arguments(self, route: str, name: str | None) -> dict[str, Any]:
        model = next((m for m in admin.site._registry if _belongs(route, m)), None)
        ticket = self.booking.tickets.order_by("pk")[0]
        return UNKNOWN | {
            "object_id": self._row_of(model),
            "id": self.people["customer"].pk,  # type: ignore[union-attr]
            "content_type_id": 1,
            "app_label": "movies",
            "showtime_id": self.showtime.pk,
            "studio_id": self.showtime.studio_id,
            "cinema_id": self.cinema.pk,
            "day": str(self.showtime.business_date),
            "job_id": self.job.pk,
            "schedule_id": self.schedule.pk,
            "hold_id": self.booking.hold_id,
            "code": self.booking.code,
            "serial": ticket.serial,
            "token": (
                entry_token(self.entry) if name == "waitlist_link" else access_token(self.booking)
            ),
            "entry_id": self.entry.pk,
            "room_id": self.room.pk,
            "slug": {
                "api-cinema": self.cinema.slug,
                "cinema": self.cinema.slug,
                "cinema_calendar": self.cinema.slug,
            }.get(name or "", "sales-by-day" if "reports/" in route else self.showtime.movie.slug),
            "provider": "sandbox",
            "reference": "nothing",
            "name": "nothing.png",
            "incident_id": Incident.objects.get(fingerprint="one").pk,
            "action": "block" if "/seats/" in route else "check_again",
            "seat_id": ticket.showtime_seat.seat_id,
            "uidb36": "1",
            "key": "nothing",
            "kind": "help",
            "pk": 1,
        }

    def _row_of(self, model: type[Model] | None) -> Any:
        if model is None:
            return 0
        own = {Cinema: self.cinema, User: self.people["customer"]}.get(model)
        row = own or model._default_manager.order_by("pk").first()
        return row.pk if row is not None else 0


def _belongs(route: str, model: type[Model]) -> bool:
    return route.startswith(f"admin/{model._meta.app_label}/{model._meta.model_name}/")


def make_world() -> World:
    at = timezone.now()
    cinema = make_cinema(name="Ours")
    showtime = make_showtime(make_studio(cinema), at=at)
    buyer = make_user(name="The Buyer")
    booking = make_confirmed_booking(showtime, 2, at=at, user=buyer)
    people: dict[str, User | None] = {
        "anonymous": None,
        "buyer": buyer,
        "customer": make_user(),
        "usher": make_staff(Role.USHER, cinema),
        "auditor": make_staff(Role.AUDITOR, cinema),
        "elsewhere": make_manager(make_cinema(name="Elsewhere")),
        "manager": make_manager(cinema),
        "chain_admin": make_staff(Role.CHAIN_ADMIN, None),
        "owner": make_user(is_staff=True, is_superuser=True),
    }
    manager = people["manager"]
    assert manager is not None
    _rows(booking, manager, at)
    job, schedule = _reports(manager, at)
    entry = _waitlist(booking, at)
    room = WaitingRoom.objects.create(showtime=showtime, created_by=manager)  # switched off
    return World(cinema, showtime, booking, entry, room, people, job, schedule)


def _waitlist(booking: Booking, at: datetime) -> WaitlistEntry:
    """The buyer waits for more seats."""
    return WaitlistEntry.objects.create(
        waitlist=Waitlist.objects.create(showtime=booking.showtime, created_at=at),
        user=booking.user,
        visitor="web:buyer",
        email="buyer@example.test",
        language="en",
        party_size=2,
        created_at=at,
        confirmed_at=at,
        waits_since=at,
    )


def _reports(manager: User, at: datetime) -> tuple[ExportJob, ReportSchedule]:
    job = ExportJob.objects.create(
        user=manager,
        report="sales-by-day",
        order={},
        file_format="csv",
        language="en",
        created_at=at,
        lease_until=at,
    )
    schedule = ReportSchedule.objects.create(
        user=manager,
        report="sales-by-day",
        file_format="csv",
        language="en",
        period="daily",
        hour=7,
        time_zone="Asia/Jakarta",
        created_at=at,
        next_due_at=at + timedelta(days=1),
    )
    return job, schedule


def _tax_rule(at: datetime) -> None:
    TaxRule.objects.create(
        city_slug="ambon",
        film_origin="imported",
        basis_points=1_000,
        legal_reference="Perda 1/2024",
        valid_from=at.date(),
    )


def _rows(booking: Booking, manager: User, at: datetime) -> None:
    """One row of each other model; each change adds a history row."""
    showtime = booking.showtime
    cinema = showtime.studio.cinema
    payment = booking.payments.get()
    refund = make_refund(payment)
    Refund.objects.filter(pk=refund.pk).update(status="manual", next_attempt_at=None)
    ManualPayout.objects.create(refund=refund, cause="refund_unsupported", opened_at=at)
    ProviderEvent.objects.create(
        provider="sandbox", event_id="e1", payment=payment, received_at=at, outcome="applied"
    )
    _tax_rule(at)
    _refund_request(booking, manager, at)
    make_message(booking)
    publish(shipped(PageKind.HELP), by=manager, at=at)
    make_voucher()
    Genre.objects.create(slug="drama", name_id="Drama", name_en="Drama")
    _price_rules(cinema)
    Incident.objects.create(
        kind="held_seat_of_ended_hold",
        fingerprint="one",
        cinema=cinema,
        summary="A refund failed",
        first_seen_at=at,
        last_seen_at=at,
    )
    later = make_showtime(showtime.studio, at=at, starts_at=at + timedelta(days=9), layout=None)
    ShowtimeCancellation.objects.create(
        showtime=later,
        requested_by=manager,
        requested_at=at,
        reason="No power",
        orders_planned=0,
        tickets_planned=0,
        refund_planned_rupiah=0,
    )
    _closure(showtime, manager, at)
    BackupRun.objects.create(status="running", started_at=at)
    BackupDrill.objects.create(status="passed", started_at=at, finished_at=at)


def _closure(showtime: Showtime, manager: User, at: datetime) -> None:
    SeatClosure.objects.create(
        studio=showtime.studio,
        labels=["A1"],
        reason="Broken",
        first_day=showtime.business_date,
        last_day=showtime.business_date,
        made_by=manager,
        made_at=at,
    )


def _price_rules(cinema: Cinema) -> None:
    CancellationTier.objects.create(cinema=cinema, hours_before=2, refund_percent=50)
    CategorySurcharge.objects.get_or_create(category="regular")
    room = {"studio_class": "regular", "screen_format": "2D", "day_kind": "friday"}
    PriceCard.objects.create(cinema=cinema, price_rupiah=40_000, **room)
    ScheduleBatch.objects.create(cinema=cinema, kind="copy", made_at=timezone.now())
    Holiday.objects.create(day="2027-03-10", kind="public", name="Idulfitri")


def _refund_request(booking: Booking, manager: User, at: datetime) -> None:
    """Refund request of the manager that waits for a second person."""
    batch = RefundBatch.objects.create(
        cinema=booking.showtime.studio.cinema,
        reason="No power",
        requested_by=manager,
        requested_at=at,
        needs_second_person=True,
    )
    RefundBatchItem.objects.create(batch=batch, booking=booking, refund_rupiah=1)
