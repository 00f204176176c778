"""The product's own settings against throw-away stores.

Where the environment names no stores, they are started here and end with the process; parallel
test processes inherit them, and each takes a database and three Redis databases of its own.
"""

from __future__ import annotations

import atexit
import os
from pathlib import Path

from ops.stores import ephemeral_stores

REDIS_DATABASES_PER_PROCESS = 3


def _prepare_environment() -> None:
    if "DATABASE_URL" not in os.environ or "REDIS_URL" not in os.environ:
        stores = ephemeral_stores()
        os.environ.update(stores.__enter__())
        atexit.register(stores.__exit__, None, None, None)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw-1")
    # The first three are left to processes that do not run under pytest.
    first = REDIS_DATABASES_PER_PROCESS * (int(worker.removeprefix("gw")) + 2)
    os.environ["REDIS_DATABASE_OFFSET"] = str(first)
    for name in ("CACHE_URL", "CHANNEL_LAYER_URL", "BROKER_URL"):
        os.environ.pop(name, None)  # tests empty theirs: it must never be somebody's
    # What another test process counts is not what this one's tests did.
    os.environ["METRICS_DIR"] = str(Path(os.environ.get("LAYAR_DATA", "var")) / f"metrics-{worker}")
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    os.environ.setdefault("SANDBOX_ENABLED", "true")
    os.environ.setdefault("PROVIDER_THREADS_MAX", "8")
    # Tests of the office sign in the short way; those of signing in switch it on.
    os.environ.setdefault("STAFF_MFA_REQUIRED", "false")
    # No worker beats here; the test of the heartbeat's watch switches it on.
    os.environ.setdefault("HEARTBEAT_LATE_SECONDS", "0")


_prepare_environment()

from cinema_project.settings import *  # noqa: E402, F403  (reads the environment made above)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
WHITENOISE_AUTOREFRESH = True
# A test holds its transaction open while it thinks, and a busy machine thinks slowly.
DATABASES["default"]["OPTIONS"]["options"] += " -c idle_in_transaction_session_timeout=0"  # noqa: F405
