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


def has_token(authorization: str) -> bool:
    """Whether the header carries METRICS_TOKEN; never while none is set."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(
        authorization.encode(), expected.encode()
    )


def of_processes() -> bytes:
    """Counters and gauges of this machine's processes, without those of the stores."""
    return generate_latest(_process_registry())


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        return has_token(request.headers.get("Authorization", ""))
    # A request through a proxy comes from elsewhere, whatever the proxy's address is.
    if "X-Forwarded-For" in request.headers:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _registry() -> CollectorRegistry:
    registry = _process_registry()
    registry.register(StoreCollector())
    return registry


def _process_registry() -> CollectorRegistry:
    folder = os.environ.get(MULTIPROCESS_VARIABLE, "")
    registry = CollectorRegistry()
    if not folder:
        registry.register(REGISTRY)
        return registry
    _remove_dead_processes(Path(folder))
    multiprocess.MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
    return registry


def _remove_dead_processes(folder: Path) -> None:
    """Removes live gauges of processes that no longer exist."""
    for file in folder.glob("gauge_live*_*.db"):
        process = int(file.stem.rpartition("_")[2])
        if not Path(f"/proc/{process}").exists():
            multiprocess.mark_process_dead(process, path=str(folder))  # type: ignore[no-untyped-call]
