"""Beat continues when a wrong clock is corrected."""

from __future__ import annotations

from datetime import timedelta

import pytest
from celery.beat import Service
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import ModelEntry

from cinema_project.celery import app
from cinema_project.celery_beat import Entry, Scheduler

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("ran_seconds_ago", "due", "next_seconds"), [(-120, False, 10), (4, False, 6), (60, True, 10)]
)
def test_task_is_due_by_the_current_clock(
    ran_seconds_ago: int, due: bool, next_seconds: int
) -> None:
    every, _made = IntervalSchedule.objects.get_or_create(every=10, period="seconds")
    ran_at = timezone.now() - timedelta(seconds=ran_seconds_ago)
    task = PeriodicTask.objects.create(name="x", task="x", interval=every, last_run_at=ran_at)

    told = Entry(task, app=app).is_due()

    assert (told.is_due, round(told.next)) == (due, next_seconds)


def test_library_waits_for_a_last_run_in_the_future() -> None:
    """The upstream fault; once this fails our subclass can be removed."""
    every, _made = IntervalSchedule.objects.get_or_create(every=10, period="seconds")
    ran_at = timezone.now() + timedelta(seconds=120)
    task = PeriodicTask.objects.create(name="x", task="x", interval=every, last_run_at=ran_at)

    assert round(ModelEntry(task, app=app).is_due().next) == 130


def test_beat_uses_our_scheduler() -> None:
    scheduler = Service(app, scheduler_cls=app.conf.beat_scheduler).get_scheduler(lazy=True)
    assert (type(scheduler), scheduler.Entry) == (Scheduler, Entry)
