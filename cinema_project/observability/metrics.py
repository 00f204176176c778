"""``/metrics`` for Prometheus: counters of this machine's processes, and gauges of the stores."""

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

from cinema_project.observability.collectors import StoreCollector

MULTIPROCESS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Requires METRICS_TOKEN, or a loopback address if no token is set; otherwise 404."""
    if not _may_read(request):
        raise Http404
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        header = request.headers.get("Authorization", "")
        return hmac.compare_digest(header.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    # A request through a proxy comes from elsewhere, whatever the proxy's address is.
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
        own.register(StoreCollector())
        return own
    _remove_dead_processes(Path(folder))
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
    registry.register(StoreCollector())
    return registry


def _remove_dead_processes(folder: Path) -> None:
    """Removes live gauges of processes that no longer exist."""
    for file in folder.glob("gauge_live*_*.db"):
        process = int(file.stem.rpartition("_")[2])
        if not Path(f"/proc/{process}").exists():
            multiprocess.mark_process_dead(process, path=str(folder))  # type: ignore[no-untyped-call]
