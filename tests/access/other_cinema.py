"""A manager of another cinema than the one with all rows, and the rows that must not change."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from accounts.models import User
from bookings.models import (
    Booking,
    CancellationTier,
    ManualPayout,
    Refund,
    ShowtimeCancellation,
    Ticket,
    Voucher,
    WaitlistEntry,
)
from movies.models import Cinema, PriceCard, Showtime, StaffPost, Studio
from movies.staff.permissions import Permission, cinemas_with
from notifications.models import Message
from reports.models import ExportJob, Incident, ReportSchedule
from seating.models import Layout, ShowtimeSeat
from tests.access.world import World

KEPT = (
    Booking,
    CancellationTier,
    Cinema,
    ExportJob,
    Incident,
    Layout,
    ManualPayout,
    Message,
    PriceCard,
    Refund,
    ReportSchedule,
    Showtime,
    ShowtimeCancellation,
    ShowtimeSeat,
    StaffPost,
    Studio,
    Ticket,
    Voucher,
    WaitlistEntry,
)


def manager_elsewhere(world: World) -> User:
    user = world.people["elsewhere"]
    assert user is not None
    return user


def own_cinema(world: World) -> Cinema:
    return cinemas_with(manager_elsewhere(world), Permission.PROGRAMME).get()


def own_showtime(world: World) -> Showtime:
    return Showtime.objects.get(studio__cinema=own_cinema(world))


def everything() -> dict[str, list[dict[str, Any]]]:
    models: tuple[type[Model], ...] = KEPT
    return {m._meta.label: list(m._default_manager.order_by("pk").values()) for m in models}
