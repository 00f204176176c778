"""Watchdog in the live servers that detects stopped background work.

Each live process checks the heartbeat in a thread every ``CHECK_SECONDS``. An advisory
lock, released if its owner dies, lets one process at a time check.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime

from django.conf import settings
from django.db import Error, connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from reports.monitoring import incidents
from reports.monitoring.alerts import delivery
from reports.monitoring.heartbeat import heartbeat
from reports.monitoring.heartbeat.heartbeat import HeartbeatStatus

logger = logging.getLogger(__name__)

CHECK_SECONDS = 15.0
ROW_LANGUAGE = "en"  # as in reports.monitoring.runner
LOCK_KEY = 0x6C61796172_686274  # arbitrary unique key: "layarhbt" in ASCII


def start() -> None:
    """Start the thread; called once per live process. HEARTBEAT_LATE_SECONDS=0 disables it."""
    if settings.HEARTBEAT_LATE_SECONDS:
        threading.Thread(target=_run, name="heartbeat", daemon=True).start()


def check(at: datetime, *, since: datetime) -> HeartbeatStatus | None:
    """Open an incident if the heartbeat is stale; None while another process checks."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK_KEY])
            if not cursor.fetchone()[0]:
                return None
        status = heartbeat.status(at, since=since)
        if status.failed:
            _record(status, at)
        return status


def _record(status: HeartbeatStatus, at: datetime) -> None:
    with translation.override(ROW_LANGUAGE):
        summary = {
            heartbeat.BROKER_AWAY: _("The broker does not answer: no background work is done."),
            heartbeat.WORKER_STOPPED: _("The worker has stopped: tasks wait and none is done."),
            heartbeat.BEAT_STOPPED: _("The beat has stopped: nothing is begun at its time."),
        }[status.failed]
    facts = {"last_heartbeat": status.last_at, "tasks_waiting": status.waiting}
    incidents.record(status.failed, status.failed, summary, facts, None, at)


def _run() -> None:
    since = timezone.now()
    pause = threading.Event()
    while not pause.wait(CHECK_SECONDS):
        try:
            status = check(timezone.now(), since=since)
            if status is not None and status.failed:
                delivery.send_due(timezone.now())  # the worker, which normally sends them, is down
        except Error as error:  # without the database nothing can be recorded
            logger.warning("heartbeat check failed: %s", type(error).__name__)
        except Exception:
            logger.exception("heartbeat check failed")
        finally:
            connection.close()
