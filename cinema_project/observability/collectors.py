"""Prometheus collector: gauges read from the stores at scrape time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import DatabaseError, connection
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from reports.monitoring.heartbeat import heartbeat

# Each is one cheap statement on an index or a small table.
STATEMENTS = {
    "layar_outbox_age_seconds": (
        "Since when the oldest due message has waited.",
        "SELECT extract(epoch FROM %s - min(next_attempt_at))"
        " FROM notifications_message WHERE status = 'waiting' AND next_attempt_at <= %s",
    ),
    "layar_outbox_waiting": (
        "Messages that wait to be sent.",
        "SELECT count(*) FROM notifications_message WHERE status = 'waiting'",
    ),
    "layar_payments_unsettled_age_seconds": (
        "Since when the oldest payment without an end is overdue.",
        "SELECT extract(epoch FROM %s - min(expires_at)) FROM bookings_payment"
        " WHERE status IN ('created', 'pending') AND expires_at <= %s",
    ),
    "layar_refunds_waiting": (
        "Refunds that have not gone through.",
        "SELECT count(*) FROM bookings_refund WHERE status NOT IN ('refunded', 'manual')",
    ),
    "layar_incidents_open": (
        "Problems that nobody has resolved.",
        "SELECT count(*) FROM reports_incident WHERE resolved_at IS NULL",
    ),
    "layar_backup_age_seconds": (
        "Age of the newest good backup; of the installation if there is none.",
        "SELECT extract(epoch FROM %s - coalesce("
        "max(finished_at), (SELECT min(applied) FROM django_migrations)))"
        " FROM backups_backuprun WHERE status = 'done'",
    ),
    "layar_database_connections": (
        "Connections to this database.",
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()",
    ),
    "layar_database_deadlocks": (
        "Deadlocks since the database's statistics began.",
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
    ),
}


class StoreCollector(Collector):
    """Omits the gauges of a store that does not respond; ``layar_up`` shows which."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        at = timezone.now()
        up = GaugeMetricFamily("layar_up", "Whether a store answered.", labels=["store"])
        try:
            yield from _from_database(at)
            up.add_metric(["database"], 1)
        except DatabaseError:
            up.add_metric(["database"], 0)
        depth = heartbeat.tasks_waiting()
        up.add_metric(["broker"], 0 if depth is None else 1)
        if depth is not None:
            yield GaugeMetricFamily("layar_queue_depth", "Tasks that wait for a worker.", depth)
        yield up


def _from_database(at: datetime) -> Iterator[GaugeMetricFamily]:
    with connection.cursor() as cursor:
        for name, (meaning, statement) in STATEMENTS.items():
            cursor.execute(statement, [at] * statement.count("%s"))
            [value] = cursor.fetchone()
            yield GaugeMetricFamily(name, meaning, float(value or 0))
