"""Celery application: ``celery -A cinema_project worker`` and ``… beat``.

Publishing never blocks a request for long: web and live processes set a short broker timeout
(BROKER_TIMEOUT_SECONDS), and after a failure a circuit breaker refuses at once. Callers treat that
as "not queued": periodic tasks find the work in the database.
"""

from __future__ import annotations

import os
from typing import Any

import pghistory
from celery import Celery, Task
from celery.signals import beat_init, heartbeat_sent, worker_process_init
from kombu.exceptions import OperationalError
from kombu.transport import TRANSPORT_ALIASES, redis
from redis.exceptions import ResponseError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cinema_project.settings")

from cinema_project import gc_tuning, supervision
from cinema_project.observability import logging, setup
from core.outage import CircuitBreaker

BROKER_PAUSE_SECONDS = 5.0

broker = CircuitBreaker("task broker", BROKER_PAUSE_SECONDS)
# The worker loads this module once and then forks the processes of its pool.
_main_process_id = os.getpid()


class RedisTransport(redis.Transport):
    """Treats a refused write (disk full, no replica, out of memory) as a lost connection.

    A worker then reconnects until writes are accepted again, instead of exiting.
    """

    connection_errors = (*redis.Transport.connection_errors, ResponseError)


class SentinelTransport(redis.SentinelTransport):
    """The same through sentinels."""

    connection_errors = RedisTransport.connection_errors


TRANSPORT_ALIASES |= dict.fromkeys(("redis", "rediss"), f"{__name__}:RedisTransport")
TRANSPORT_ALIASES["sentinel"] = f"{__name__}:SentinelTransport"


class TrackedTask(Task):  # type: ignore[type-arg]  # generic only in its stubs
    """Records the task's name with the changes it makes in the audit log."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with pghistory.context(task=self.name):
            return super().__call__(*args, **kwargs)


class LayarCelery(Celery):
    def send_task(self, *args: Any, **kwargs: Any) -> Any:
        """Publishes; raises kombu's OperationalError at once while the circuit is open."""
        if broker.is_open():
            raise OperationalError("the broker failed a moment ago")
        try:
            return super().send_task(*args, **kwargs)
        except OperationalError as error:
            broker.trip(error)
            raise


app: Celery[Any] = LayarCelery("layar", task_cls=TrackedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
logging.connect()
heartbeat_sent.connect(supervision.touch_heartbeat)  # by the worker's main loop, every two seconds


@worker_process_init.connect
def _start_worker_process(**_: object) -> None:
    supervision.end_with_parent(_main_process_id)
    gc_tuning.use_default_thresholds()
    setup.start("worker")


@beat_init.connect
def _start_beat(**_: object) -> None:
    gc_tuning.use_default_thresholds()
    setup.start("beat")
