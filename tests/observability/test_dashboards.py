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


def test_runbook_has_a_section_for_each_alert() -> None:
    rules = (DEPLOY / "prometheus" / "alerts.yaml").read_text()
    runbook = (DEPLOY.parent / "docs" / "runbook.md").read_text()
    sections = re.findall(r"^### (Layar\w+)\n(.*?)(?=^##)", runbook, re.MULTILINE | re.DOTALL)
    complete = [
        name for name, text in sections if "\n- Check" in text and re.search(r"[Dd]o: ", text)
    ]
    assert complete == [name for name, _text in sections]
    assert sorted(complete) == sorted(re.findall(r"- alert: (\w+)", rules))


def test_recorded_ratios_are_those_that_alerts_and_dashboard_use() -> None:
    rules = (DEPLOY / "prometheus" / "alerts.yaml").read_text()
    dashboard = (DEPLOY / "grafana" / "layar.json").read_text()
    recorded = re.findall(r"- record: (\S+)", rules)
    read = re.findall(r"(layar:\w+:\w+) [>/]", rules + dashboard)
    assert set(read) == set(recorded)


def test_backup_alert_fires_without_any_backup() -> None:
    rules = (DEPLOY / "prometheus" / "alerts.yaml").read_text()
    overdue = rules.partition("- alert: LayarBackupOverdue")[2].partition("- alert:")[0]
    assert "or (absent(layar_backup_age_seconds)" in overdue


def test_every_metric_is_on_the_dashboard() -> None:
    dashboard = (DEPLOY / "grafana" / "layar.json").read_text()
    shown = set(re.findall(r"\blayar_\w+", dashboard))
    histograms = {name for name in known_names() if name.endswith(("_count", "_sum"))}
    assert known_names() - shown - histograms == {"layar_outbox_waiting"}
