"""Status of background work: worker, beat, outbox, alerts, backups, drills, sockets."""

from __future__ import annotations

import os
from datetime import datetime

from django.db.models import Count, Min
from django.utils.translation import gettext as _
from prometheus_client import REGISTRY, CollectorRegistry, multiprocess

from backups import backup as backups_backup
from backups.models import BackupDrill, BackupRun, BackupStatus, DrillStatus
from bookings.models import Booking
from reports.models import Alert, AlertStatus, Incident
from reports.monitoring.checks.backups import DRILL_OVERDUE_HOURS
from reports.monitoring.heartbeat import heartbeat
from reports.monitoring.status.check import Check, Light, age, light_of

HOUR = 60 * 60
BEAT_LATE_SECONDS, BEAT_LOST_SECONDS = 45, 90
OUTBOX_LATE_SECONDS, OUTBOX_STUCK_SECONDS = 5 * 60, 30 * 60
BACKUP_LATE_SECONDS, BACKUP_OVERDUE_SECONDS = 5 * HOUR, 8 * HOUR
DRILL_LATE_SECONDS = 26 * HOUR
SOCKETS = "layar_live_sockets"


def heartbeats(at: datetime) -> list[Check]:
    """One heartbeat covers worker and beat; the queue length shows which of them failed."""
    status = heartbeat.status(at)
    seconds = status.age_seconds
    if seconds is None:
        figure, light = _("never seen"), Light.RED
    else:
        figure = _("last heartbeat %(age)s ago") % {"age": age(seconds)}
        light = light_of(seconds, yellow=BEAT_LATE_SECONDS, red=BEAT_LOST_SECONDS)
    is_worker = bool(status.waiting)
    is_silent = light != Light.GREEN
    worker_advice = _("Tasks wait and none is done: start the worker, read its log.")
    beat_advice = _("Nothing is begun at its time: start the beat, read its log.")
    fine = _("tasks come in") if is_worker else _("no task waits")
    return [
        Check("worker", _("Worker"), light, figure, worker_advice)
        if is_silent and is_worker
        else Check("worker", _("Worker"), Light.GREEN, fine if is_silent else figure),
        Check("beat", _("Beat"), light, figure, beat_advice)
        if is_silent and not is_worker
        else Check("beat", _("Beat"), Light.GREEN, fine if is_silent else figure),
    ]


def outbox(at: datetime) -> Check:
    waiting = Booking.objects.filter(messages__status="waiting").aggregate(
        count=Count("messages"), oldest=Min("messages__next_attempt_at")
    )
    late = (at - waiting["oldest"]).total_seconds() if waiting["oldest"] else 0
    light = light_of(late, yellow=OUTBOX_LATE_SECONDS, red=OUTBOX_STUCK_SECONDS)
    advice = _("Messages to buyers are late: look at the worker and the mail server.")
    figure = _("%(count)d wait, the oldest is due since %(age)s")
    text = figure % {"count": waiting["count"], "age": age(late)}
    return Check("outbox", _("Messages"), light, text, "" if light == Light.GREEN else advice)


def alerts() -> Check:
    dead = Alert.objects.filter(status=AlertStatus.DEAD).count()
    light = Light.YELLOW if dead else Light.GREEN
    figure = _("%(count)d could not be sent") % {"count": dead}
    advice = _("A message was not delivered: check the mail server and the SMS gateway.")
    return Check("alerts", _("Alerts"), light, figure, advice if dead else "")


def incidents() -> Check:
    count = Incident.objects.unresolved().filter(healed_at__isnull=True).count()
    light = Light.YELLOW if count else Light.GREEN
    advice = _("Read them: each says what to do.") if count else ""
    return Check("incidents", _("Incidents"), light, _("%(count)d open") % {"count": count}, advice)


def backup(at: datetime) -> Check:
    name = _("Last good backup")
    advice = _("Make one now (manage.py backup), and look at beat and worker.")
    done = BackupRun.objects.filter(status=BackupStatus.DONE).first()
    if done is None or done.finished_at is None:
        light = Light.YELLOW if backups_backup.hours_without(at) is None else Light.RED
        return Check("backup", name, light, _("none yet"), advice)
    seconds = (at - done.started_at).total_seconds()
    light = light_of(seconds, yellow=BACKUP_LATE_SECONDS, red=BACKUP_OVERDUE_SECONDS)
    newest = BackupRun.objects.exclude(status=BackupStatus.RUNNING).first()
    if newest is not None and newest.status == BackupStatus.FAILED:
        light = Light.RED
    figure = _("%(age)s ago") % {"age": age(seconds)}
    return Check("backup", name, light, figure, "" if light == Light.GREEN else advice)


def drill(at: datetime) -> Check:
    name = _("Last restore drill")
    advice = _("Try a restore now: a backup that nobody has restored is a hope.")
    last = BackupDrill.objects.first()
    if last is None:
        return Check("drill", name, Light.YELLOW, _("none yet"), advice)
    seconds = (at - last.started_at).total_seconds()
    light = light_of(seconds, yellow=DRILL_LATE_SECONDS, red=DRILL_OVERDUE_HOURS * HOUR)
    if last.status == DrillStatus.FAILED:
        light = Light.RED
    figure = _("%(age)s ago: %(result)s") % {
        "age": age(seconds),
        "result": last.get_status_display(),
    }
    return Check("drill", name, light, figure, "" if light == Light.GREEN else advice)


def sockets() -> Check:
    """Open sockets of this machine, summed over its processes."""
    registry: CollectorRegistry = REGISTRY
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR", ""):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
    count = int(registry.get_sample_value(SOCKETS) or 0)
    figure = _("%(count)d seat maps open on this machine") % {"count": count}
    return Check("sockets", _("Live sockets"), Light.GREEN, figure)
