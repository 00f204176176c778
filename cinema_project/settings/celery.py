"""Celery and the schedule of background tasks."""

from __future__ import annotations

from typing import Any

from celery.schedules import crontab, schedule

from cinema_project.settings.databases import BROKER_URL
from cinema_project.settings.env import env
from cinema_project.settings.sales import SWEEP_SECONDS
from core.redis.libraries import celery_broker

CELERY_BROKER_URL, _sentinel_options, _broker_encryption = celery_broker(BROKER_URL)
# The command line of Celery reads BROKER_URL itself and would use it instead of the setting above.
CELERY_BROKER_READ_URL = CELERY_BROKER_WRITE_URL = CELERY_BROKER_URL
if _broker_encryption is not None:
    CELERY_BROKER_USE_SSL = _broker_encryption
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "cinema_project.celery_beat:Scheduler"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # no limit
# Workers wait for tasks; web and live processes only publish and set 0.2 (wsgi.py, asgi.py).
BROKER_TIMEOUT_SECONDS = env.float("BROKER_TIMEOUT_SECONDS", 30.0)
# Publishing must not block a request while the broker is down: periodic sweeps find what was
# not queued.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": min(0.5, BROKER_TIMEOUT_SECONDS),
    "socket_timeout": BROKER_TIMEOUT_SECONDS,
    # Without these, publishing waits six seconds for a missing broker.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
    **_sentinel_options,
}
CELERY_TASK_PUBLISH_RETRY = False
# Seconds without a heartbeat after which live servers report an incident; 0 disables the check.
HEARTBEAT_LATE_SECONDS = env.int("HEARTBEAT_LATE_SECONDS", 90)
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep-holds": {"task": "seating.tasks.sweep_holds", "schedule": schedule(SWEEP_SECONDS)},
    "tick-waiting-rooms": {
        "task": "seating.tasks.tick_waiting_rooms",
        "schedule": schedule(SWEEP_SECONDS),
    },
    "delete-old-waiting-places": {
        "task": "seating.tasks.delete_old_waiting_places",
        "schedule": schedule(60 * 60),
    },
    "sweep-bookings": {
        "task": "bookings.tasks.sweep_bookings",
        "schedule": schedule(SWEEP_SECONDS),
    },
    "offer-waitlists": {
        "task": "bookings.tasks.offer_waitlists",
        "schedule": schedule(SWEEP_SECONDS),
    },
    "poll-payments": {"task": "bookings.tasks.poll_payments", "schedule": schedule(10)},
    "reconcile-payments": {
        "task": "bookings.tasks.reconcile_payments",
        "schedule": crontab(hour=2, minute=15),  # after the UTC day has ended
    },
    "cancel-bookings": {"task": "bookings.tasks.cancel_bookings", "schedule": schedule(10)},
    "cancel-showtimes": {"task": "bookings.tasks.cancel_showtimes", "schedule": schedule(10)},
    # What was sold before its tax rule was written.
    "correct-taxes": {"task": "bookings.tasks.correct_taxes", "schedule": schedule(5 * 60)},
    "send-refunds": {"task": "bookings.tasks.send_refunds", "schedule": schedule(10)},
    "deliver-messages": {
        "task": "notifications.tasks.deliver_waiting",
        "schedule": schedule(10),
    },
    "remind": {"task": "notifications.tasks.owe_reminders", "schedule": schedule(5 * 60)},
    "sweep-exports": {"task": "reports.tasks.sweep_exports", "schedule": schedule(15)},
    "send-scheduled-reports": {
        "task": "reports.tasks.send_scheduled_reports",
        "schedule": schedule(60),
    },
    "heartbeat": {
        "task": "reports.tasks.beat",
        "schedule": schedule(15),
        "options": {"expire_seconds": 60},  # a late heartbeat proves nothing
    },
    "send-alerts": {"task": "reports.tasks.send_alerts", "schedule": schedule(20)},
    "watch-for-trouble": {"task": "reports.tasks.watch_for_trouble", "schedule": schedule(60)},
    "check-invariants": {
        "task": "reports.tasks.check_invariants",
        "schedule": crontab(minute=35),  # hourly: it reads whole tables
        "options": {"expire_seconds": 30 * 60},
    },
    "close-seats": {"task": "reports.tasks.close_seats", "schedule": schedule(60)},
    "look-for-hoarding": {"task": "reports.tasks.look_for_hoarding", "schedule": schedule(120)},
    "forget-idempotent-requests": {
        "task": "accounts.tasks.forget_idempotent_requests",
        "schedule": schedule(60 * 60),
    },
    "delete-expired-sessions": {
        "task": "accounts.tasks.delete_expired_sessions",
        "schedule": schedule(60 * 60),
    },
    "write-down-erasures": {
        "task": "accounts.tasks.write_down_erasures",
        "schedule": schedule(10 * 60),  # retries
    },
    "sandbox-bank": {
        "task": "bookings.payments.sandbox_bank.tasks.catch_up",
        "schedule": schedule(3),
    },
    "backup": {"task": "backups.tasks.run_backup", "schedule": schedule(4 * 60 * 60)},
    # Minutes after an installation, instead of a whole interval.
    "first-backup": {"task": "backups.tasks.run_first_backup", "schedule": schedule(3 * 60)},
    "backup-drill": {
        "task": "backups.tasks.drill",
        "schedule": crontab(hour=20, minute=45),  # night in Indonesia
    },
}
