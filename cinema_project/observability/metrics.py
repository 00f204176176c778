"""``/metrics`` for Prometheus: what the processes of this machine counted, and how things stand."""

from __future__ import annotations

import hmac
import os
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest, multiprocess
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from cinema_project.observability.collectors import Standing

MULTIPROCESS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For the bearer of METRICS_TOKEN, or without one for this machine alone; else no such page."""
    if not _may_read(request):
        raise Http404
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        shown = request.headers.get("Authorization", "")
        return hmac.compare_digest(shown.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    # Whoever comes through a proxy is somebody else, whatever the proxy's own address is.
    if "X-Forwarded-For" in request.headers:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _registry() -> CollectorRegistry:
    folder = os.environ.get(MULTIPROCESS_VARIABLE, "")
    if not folder:
        own = CollectorRegistry()
        own.register(REGISTRY)
        own.register(Standing())
        return own
    _bury_the_dead(Path(folder))
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
    registry.register(Standing())
    return registry


def _bury_the_dead(folder: Path) -> None:
    """What a process has open now ends with it, however it ended."""
    for file in folder.glob("gauge_live*_*.db"):
        process = int(file.stem.rpartition("_")[2])
        if not Path(f"/proc/{process}").exists():
            multiprocess.mark_process_dead(process, path=str(folder))  # type: ignore[no-untyped-call]
