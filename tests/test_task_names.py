"""Names of Celery tasks, which queued tasks and the rows of the beat table refer to."""

from __future__ import annotations

from django.conf import settings

from cinema_project.celery import app

NAMES = {
    "accounts.tasks.delete_expired_sessions",
    "accounts.tasks.forget_idempotent_requests",
    "accounts.tasks.send_letter",
    "accounts.tasks.write_down_erasures",
    "backups.tasks.drill",
    "backups.tasks.run_backup",
    "backups.tasks.run_first_backup",
    "bookings.payments.sandbox_bank.tasks.catch_up",
    "bookings.payments.sandbox_bank.tasks.deliver_webhook",
    "bookings.tasks.cancel_bookings",
    "bookings.tasks.cancel_showtimes",
    "bookings.tasks.correct_taxes",
    "bookings.tasks.offer_waitlist",
    "bookings.tasks.offer_waitlists",
    "bookings.tasks.poll_payments",
    "bookings.tasks.reconcile_payments",
    "bookings.tasks.send_found_tickets",
    "bookings.tasks.send_refunds",
    "bookings.tasks.sweep_bookings",
    "notifications.tasks.deliver",
    "notifications.tasks.deliver_waiting",
    "notifications.tasks.owe_reminders",
    "reports.tasks.beat",
    "reports.tasks.check_invariants",
    "reports.tasks.close_seats",
    "reports.tasks.look_for_hoarding",
    "reports.tasks.send_alerts",
    "reports.tasks.send_scheduled_reports",
    "reports.tasks.sweep_exports",
    "reports.tasks.watch_for_trouble",
    "reports.tasks.make_export",
    "seating.tasks.delete_old_waiting_places",
    "seating.tasks.sweep_holds",
    "seating.tasks.tick_waiting_rooms",
}


def test_task_names_are_unchanged() -> None:
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith(("celery.", "tests."))}
    assert ours == NAMES


def test_scheduled_tasks_exist() -> None:
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled - NAMES == set()
