"""Celery tasks; each calls one function."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from reports.dashboard.seats import closures
from reports.exports import jobs
from reports.monitoring import runner
from reports.monitoring.alerts import delivery as alerts
from reports.monitoring.heartbeat import heartbeat
from reports.schedules import delivery


@shared_task(name="reports.tasks.beat", ignore_result=True)
def beat() -> None:
    heartbeat.beat(timezone.now())


@shared_task(name="reports.tasks.send_alerts", ignore_result=True)
def send_alerts() -> int:
    return alerts.send_due(timezone.now())


@shared_task(name="reports.tasks.watch_for_trouble", ignore_result=True)
def watch_for_trouble() -> int:
    return runner.run_quick(timezone.now())


@shared_task(name="reports.tasks.check_invariants", ignore_result=True)
def check_invariants() -> int:
    return runner.run_all(timezone.now())


@shared_task(name="reports.tasks.look_for_hoarding", ignore_result=True)
def look_for_hoarding() -> int:
    return runner.check_hoarding(timezone.now())


@shared_task(name="reports.tasks.close_seats", ignore_result=True)
def close_seats() -> int:
    return closures.work(timezone.now())


@shared_task(name="reports.tasks.make_export", ignore_result=True)
def make_export(job_id: str) -> None:
    jobs.run(UUID(job_id), timezone.now())


@shared_task(name="reports.tasks.sweep_exports", ignore_result=True)
def sweep_exports() -> int:
    return jobs.sweep(timezone.now())


@shared_task(name="reports.tasks.send_scheduled_reports", ignore_result=True)
def send_scheduled_reports() -> int:
    return delivery.send_due(timezone.now())
