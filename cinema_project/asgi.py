"""ASGI entry point of the live servers: WebSockets, liveness and metrics."""

import os

import django
from channels.routing import ProtocolTypeRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cinema_project.settings")
os.environ.setdefault("BROKER_TIMEOUT_SECONDS", "0.2")
os.environ.setdefault("DATABASE_RESPONSE_SECONDS", "8")
os.environ.setdefault("DATABASE_POOLED", "true")  # through PgBouncer, where there is one
# One pool per process: live feeds read the database in short, frequent queries.
os.environ.setdefault("DATABASE_POOL", "true")

django.setup(set_prefix=False)

from cinema_project import gc_tuning, websocket_urls  # noqa: E402  (models need a ready registry)
from cinema_project.observability import setup  # noqa: E402
from reports.monitoring.heartbeat import watchdog  # noqa: E402

setup.start("live")
watchdog.start()
application = ProtocolTypeRouter(
    {
        "http": websocket_urls.monitoring,
        "websocket": websocket_urls.websocket,
    }
)
gc_tuning.freeze_loaded_objects()
gc_tuning.use_default_thresholds()
