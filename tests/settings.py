"""The product's settings with ephemeral stores.

Unless the environment names stores, they are started here and end with the process. Parallel test
processes inherit them, and each uses a database and three Redis databases of its own.
"""

from __future__ import annotations

import atexit
import os
from pathlib import Path

from ops.stores import ephemeral_stores

REDIS_DATABASES_PER_PROCESS = 3
NO_WORKER = "gw-1"


def _prepare_environment() -> None:
    if "DATABASE_URL" not in os.environ or "REDIS_URL" not in os.environ:
        stores = ephemeral_stores()
        os.environ.update(stores.__enter__())
        atexit.register(stores.__exit__, None, None, None)
    worker = os.environ.get("PYTEST_XDIST_WORKER", NO_WORKER)
    # The first three are reserved for processes that do not run under pytest.
    first = REDIS_DATABASES_PER_PROCESS * (int(worker.removeprefix("gw")) + 2)
    os.environ["REDIS_DATABASE_OFFSET"] = str(first)
    for name in ("CACHE_URL", "CHANNEL_LAYER_URL", "BROKER_URL"):
        os.environ.pop(name, None)  # tests empty their databases: they must never be in use
    if worker != NO_WORKER and "LAYAR_PORTS" in os.environ:
        os.environ["LAYAR_PORTS"] = _share_of(os.environ["LAYAR_PORTS"], worker)
    # Counters of other test processes must not be included.
    os.environ["METRICS_DIR"] = str(Path(os.environ.get("LAYAR_DATA", "var")) / f"metrics-{worker}")
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    os.environ.setdefault("SANDBOX_ENABLED", "true")
    os.environ.setdefault("PROVIDER_THREADS_MAX", "8")
    # Tests of the office sign in without a second factor; tests of sign-in enable it.
    os.environ.setdefault("STAFF_MFA_REQUIRED", "false")
    # No worker runs here; the watchdog's test enables the heartbeat.
    os.environ.setdefault("HEARTBEAT_LATE_SECONDS", "0")


def _share_of(ports: str, worker: str) -> str:
    """Ports of one of the test processes that run at once."""
    first, last = map(int, ports.split("-"))
    size = (last - first + 1) // int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    begin = first + size * int(worker.removeprefix("gw"))
    return f"{begin}-{begin + size - 1}"


_prepare_environment()

from cinema_project.settings import *  # noqa: E402, F403  (reads the environment made above)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
WHITENOISE_AUTOREFRESH = True
# Tests keep transactions open for longer than requests, above all on a busy machine.
DATABASES["default"]["OPTIONS"]["options"] += " -c idle_in_transaction_session_timeout=0"  # noqa: F405
