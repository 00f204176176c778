"""Beat: wrong clocks, schedules edited by staff, an unavailable database."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from celery.beat import Service
from celery.schedules import schedule
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import ModelEntry

from cinema_project.celery import app
from cinema_project.celery_beat import STANDBY_SECONDS, Entry, Scheduler
from core.db import leadership
from core.db.leadership import Leadership
from ops.runner.cli import ROOT
from ops.stores.ports_and_secrets import choose_port
from reports.models import DefaultSchedule
from tests.runtime.processes import wait_until

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

    state = Entry(task, app=app).is_due()

    assert (state.is_due, round(state.next)) == (due, next_seconds)


def test_library_waits_for_a_last_run_in_the_future() -> None:
    """The upstream fault; once this fails our subclass can be removed."""
    every, _made = IntervalSchedule.objects.get_or_create(every=10, period="seconds")
    ran_at = timezone.now() + timedelta(seconds=120)
    task = PeriodicTask.objects.create(name="x", task="x", interval=every, last_run_at=ran_at)

    assert round(ModelEntry(task, app=app).is_due().next) == 130


def test_beat_uses_our_scheduler() -> None:
    scheduler = Service(app, scheduler_cls=app.conf.beat_scheduler).get_scheduler(lazy=True)
    assert (type(scheduler), scheduler.Entry) == (Scheduler, Entry)


DEFAULT = {"task": "x.y", "schedule": schedule(10), "options": {"expire_seconds": 60}}


def installed(name: str) -> tuple[str, int, int | None, bool]:
    task = PeriodicTask.objects.get(name=name)
    assert task.interval
    return (task.task, task.interval.every, task.expire_seconds, task.enabled)


def edit(name: str, every: int) -> None:
    """As staff do in the admin."""
    interval = IntervalSchedule.objects.create(every=every, period="seconds")
    PeriodicTask.objects.filter(name=name).update(interval=interval, enabled=False)


def test_schedule_edited_by_staff_is_kept_at_the_next_start() -> None:
    for name in ("edited", "untouched"):
        Entry.from_entry(name, app=app, **DEFAULT)
    edit("edited", 45)

    for name in ("edited", "untouched", "new"):  # the next release
        Entry.from_entry(name, app=app, **DEFAULT | {"schedule": schedule(20)})
    Entry.from_entry("edited", app=app, **DEFAULT | {"schedule": schedule(30)})

    assert installed("edited") == ("x.y", 45, 60, False)
    assert installed("untouched") == installed("new") == ("x.y", 20, 60, True)


def test_schedule_edited_back_follows_the_release_again() -> None:
    Entry.from_entry("task", app=app, **DEFAULT)
    edit("task", 45)
    Entry.from_entry("task", app=app, **DEFAULT)
    edit("task", 10)

    Entry.from_entry("task", app=app, **DEFAULT | {"schedule": schedule(30)})

    assert installed("task") == ("x.y", 30, 60, False)


def test_schedule_of_an_earlier_release_is_taken_over() -> None:
    Entry.from_entry("task", app=app, **DEFAULT)
    DefaultSchedule.objects.all().delete()  # it recorded none

    Entry.from_entry("task", app=app, **DEFAULT | {"schedule": schedule(30)})

    assert installed("task") == ("x.y", 30, 60, True)


def test_crontab_of_the_shipped_schedule_is_stable() -> None:
    name, entry = "check-invariants", app.conf.beat_schedule["check-invariants"]
    Entry.from_entry(name, app=app, **entry)
    CrontabSchedule.objects.filter(periodictask__name=name).update(minute="5")

    Entry.from_entry(name, app=app, **entry)

    task = PeriodicTask.objects.get(name=name)
    assert task.crontab
    assert (task.crontab.minute, task.expire_seconds) == ("5", 30 * 60)


@pytest.mark.runtime
@pytest.mark.django_db(transaction=True)
def test_beat_waits_for_an_unavailable_database(tmp_path: Path) -> None:
    log, heartbeat = tmp_path / "beat.log", tmp_path / "heartbeat"
    database = connection.settings_dict
    port = choose_port()
    url = f"postgres://{database['USER']}:{quote(database['PASSWORD'], safe='')}@127.0.0.1:{port}/x"
    with log.open("wb") as output:
        beat = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "cinema_project", "beat", "--pidfile", ""],
            env={**os.environ, "DATABASE_URL": url, "HEARTBEAT_FILE": str(heartbeat)},
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    try:
        wait_until(lambda: log.read_text().count("waiting for the database") >= 3, 120)
        code, has_heartbeat = beat.poll(), heartbeat.exists()
    finally:
        beat.kill()
        beat.wait(20)

    assert (code, has_heartbeat) == (None, True)


@pytest.mark.django_db(transaction=True)
def test_one_of_two_beats_sends_and_the_other_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, str]] = []
    monkeypatch.setitem(app.conf, "beat_schedule", {"each": {"task": "x", "schedule": 0.01}})
    beats = {name: Scheduler(app=app) for name in ("first", "second")}
    for name, beat in beats.items():

        def send(entry: Entry, name: str = name, **_: object) -> None:
            sent.append((name, entry.name))

        beat.apply_entry = send

    def tick() -> dict[str, float]:
        time.sleep(0.05)
        return {name: beat.tick() for name, beat in beats.items()}

    waits = [tick() for _ in range(3)]
    with connection.cursor() as cursor:  # as PostgreSQL does when the leader's process is gone
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [_session_of(beats["first"])])
    while_leader = {name for name, _ in sent}
    sent.clear()
    del beats["first"]
    tick()
    tick()
    for beat in beats.values():
        beat.leadership.release()

    assert while_leader == {"first"}
    assert {wait["second"] for wait in waits} == {STANDBY_SECONDS}
    assert {name for name, _ in sent} == {"second"}


@pytest.mark.django_db(transaction=True)
def test_leader_that_is_silent_loses_its_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    silence = tuple(text.replace("'20s'", "'1s'") for text in leadership.SESSION)
    monkeypatch.setattr(leadership, "SESSION", silence)
    hung, other = Leadership(7), Leadership(7)
    took = (hung.is_held(), other.is_held())

    wait_until(other.is_held)

    assert took == (True, False)
    assert not hung.is_held()
    other.release()


def _session_of(beat: Scheduler) -> int:
    session = beat.leadership._session
    assert session is not None
    return session.info.backend_pid
