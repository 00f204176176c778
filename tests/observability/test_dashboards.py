"""Dashboard and alerts use existing metrics and labels."""

from __future__ import annotations

import json
import re
from pathlib import Path

from prometheus_client import Counter, Gauge, Histogram

from bookings import metrics as booking_metrics
from cinema_project.observability import requests as request_metrics
from cinema_project.observability.collectors import STATEMENTS
from seating import metrics as seat_metrics

DEPLOY = Path(__file__).resolve().parent.parent.parent / "deploy"
SUFFIXES = {Counter: ("_total",), Gauge: ("",), Histogram: ("_bucket", "_count", "_sum")}


def known_names() -> set[str]:
    names = {*STATEMENTS, "layar_up", "layar_queue_depth"}
    for module in (booking_metrics, request_metrics, seat_metrics):
        for figure in vars(module).values():
            if isinstance(figure, Counter | Gauge | Histogram) and not figure._labelvalues:
                names |= {figure._name + suffix for suffix in SUFFIXES[type(figure)]}
    return names


def test_dashboard_uses_existing_metrics() -> None:
    dashboard = json.loads((DEPLOY / "grafana" / "layar.json").read_text())
    asked = " ".join(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    assert set(re.findall(r"\blayar_\w+", asked)) - known_names() == set()


def test_alerts_use_existing_metrics() -> None:
    rules = (DEPLOY / "prometheus" / "alerts.yaml").read_text()
    assert set(re.findall(r"\blayar_\w+", rules)) - known_names() == set()


def test_every_alert_is_documented() -> None:
    rules = (DEPLOY / "prometheus" / "alerts.yaml").read_text()
    guide = (DEPLOY.parent / "docs" / "operations.md").read_text()
    alerts = re.findall(r"- alert: (\w+)", rules)
    documented = re.findall(r"Layar\w+", guide.partition("| Alert | Look at |")[2])
    assert [alert for alert in alerts if alert not in documented] == []


def test_backup_alert_fires_without_any_backup() -> None:
    rules = (DEPLOY / "prometheus" / "alerts.yaml").read_text()
    overdue = rules.partition("- alert: LayarBackupOverdue")[2].partition("- alert:")[0]
    assert "or (absent(layar_backup_age_seconds)" in overdue


def test_every_metric_is_on_the_dashboard() -> None:
    dashboard = (DEPLOY / "grafana" / "layar.json").read_text()
    shown = set(re.findall(r"\blayar_\w+", dashboard))
    histograms = {name for name in known_names() if name.endswith(("_count", "_sum"))}
    assert known_names() - shown - histograms == {"layar_outbox_waiting"}
