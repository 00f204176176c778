"""Decides who is alerted about which incident and batches alerts into few messages.

Incidents of a cinema go to staff of that cinema who may resolve them; incidents of the
chain, or of a cinema without such staff, go to those responsible for the whole chain. Each
person gets one line per incident, however many processes run; the lines of one window of
``WINDOW_MINUTES`` become one message, with at most ``MESSAGES_PER_HOUR_MAX`` per hour; the
rest is listed in the next message.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from movies.models import StaffPost
from movies.staff.permissions import ROLE_PERMISSIONS, Permission, has_permission
from reports.models import Alert, AlertChannel, AlertLine, AlertWishes, Incident
from reports.monitoring.kinds import kind_of

WINDOW_MINUTES = 10
SETTLE_SECONDS = 20  # groups simultaneous incidents
MESSAGES_PER_HOUR_MAX = 4
NEWS_HOURS_MAX = 24  # older incidents are not announced
INCIDENTS_AT_ONCE_MAX = 100
LINES_AT_ONCE_MAX = 500
RESOLVERS = [
    role for role, permissions in ROLE_PERMISSIONS.items() if Permission.RESOLVE in permissions
]


def enqueue(at: datetime) -> int:
    """Create alert lines for new incidents; returns their number."""
    announced = AlertLine.objects.filter(
        incident=OuterRef("pk"), returned=OuterRef("times_returned")
    )
    unannounced = (
        Incident.objects.unresolved()
        .filter(healed_at__isnull=True)
        .filter(Q(first_seen_at__gt=at - timedelta(hours=NEWS_HOURS_MAX)) | Q(times_returned__gt=0))
        .exclude(Exists(announced))
        .order_by("first_seen_at")
    )
    lines = [
        line for incident in unannounced[:INCIDENTS_AT_ONCE_MAX] for line in _lines_of(incident, at)
    ]
    AlertLine.objects.bulk_create(lines, ignore_conflicts=True)
    return len(lines)


def create_batches(at: datetime) -> int:
    """Create messages from waiting lines that may be sent now; returns their number."""
    AlertLine.objects.filter(alert=None, incident__resolved_at__isnull=False).delete()
    waiting = AlertLine.objects.filter(
        alert=None, owed_at__lte=at - timedelta(seconds=SETTLE_SECONDS)
    )
    pairs = waiting.order_by().values_list("user", "channel").distinct()
    return sum(_create_batch(user_id, channel, at) for user_id, channel in list(pairs))


def people_for(incident: Incident) -> list[User]:
    if incident.cinema_id is not None:
        here = StaffPost.objects.filter(
            user=OuterRef("pk"), role__in=RESOLVERS, cinema=incident.cinema_id
        )
        if found := list(_active().filter(Exists(here))):
            return found
    everywhere = StaffPost.objects.filter(
        user=OuterRef("pk"), role__in=RESOLVERS, cinema__isnull=True
    )
    return list(_active().filter(Exists(everywhere) | Q(is_superuser=True)))


def preferences_of(user: User) -> AlertWishes:
    return AlertWishes.objects.filter(user=user).first() or AlertWishes(user=user)


def _active() -> QuerySet[User]:
    return User.objects.filter(is_active=True, is_staff=True).order_by("pk")


def _lines_of(incident: Incident, at: datetime) -> Iterable[AlertLine]:
    for user in people_for(incident):
        for channel in _channels(user):
            yield AlertLine(
                incident=incident,
                user=user,
                channel=channel,
                returned=incident.times_returned,
                is_urgent=kind_of(incident.kind).is_urgent,
                owed_at=at,
            )


def _channels(user: User) -> list[AlertChannel]:
    preferences = preferences_of(user)
    wanted = [(AlertChannel.EMAIL, preferences.by_email), (AlertChannel.SMS, preferences.by_sms)]
    reachable = {AlertChannel.EMAIL: bool(user.email), AlertChannel.SMS: bool(user.phone)}
    return [channel for channel, is_wanted in wanted if is_wanted and reachable[channel]]


@transaction.atomic
def _create_batch(user_id: int, channel: str, at: datetime) -> bool:
    """Locks the lines, skipping those that another process has locked."""
    lines = (
        AlertLine.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(user=user_id, channel=channel, alert=None)
        .order_by("owed_at", "pk")
    )
    user = User.objects.get(pk=user_id)
    if not has_permission(user, Permission.RESOLVE):  # lost since the line was created
        lines.delete()
        return False
    preferences = preferences_of(user)
    if preferences.is_quiet(at):
        lines = lines.filter(is_urgent=True) if preferences.urgent_breaks_quiet else lines.none()
    chosen = [line.pk for line in lines[:LINES_AT_ONCE_MAX]]
    if not chosen or not _may_send(user_id, channel, at):
        return False
    try:
        with transaction.atomic():
            alert = Alert.objects.create(
                user_id=user_id, channel=channel, window_at=window_of(at), next_attempt_at=at
            )
    except IntegrityError:
        return False  # this window already has a message
    AlertLine.objects.filter(pk__in=chosen).update(alert=alert)
    return True


def _may_send(user_id: int, channel: str, at: datetime) -> bool:
    """At most one message per window and MESSAGES_PER_HOUR_MAX per hour."""
    last_hour = Alert.objects.filter(
        user=user_id, channel=channel, window_at__gt=at - timedelta(hours=1)
    )
    windows = list(last_hour.values_list("window_at", flat=True))
    return window_of(at) not in windows and len(windows) < MESSAGES_PER_HOUR_MAX


def window_of(at: datetime) -> datetime:
    return at.replace(minute=at.minute - at.minute % WINDOW_MINUTES, second=0, microsecond=0)
