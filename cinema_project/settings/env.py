"""Environment variables and project folders."""

from __future__ import annotations

import os
from pathlib import Path

from environs import Env

env = Env()

# Each may be given as a file instead, e.g. SECRET_KEY_FILE=/run/secrets/secret_key, so that it is
# not visible in process lists and container definitions.
SECRETS = (
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "DATABASE_URL",
    "DATABASE_REPLICA_URL",
    "DATABASE_PGBOUNCER_URL",
    "REDIS_URL",
    "CACHE_URL",
    "CHANNEL_LAYER_URL",
    "BROKER_URL",
    "TICKET_SIGNING_KEY",
    "SANDBOX_WEBHOOK_SECRET",
    "MIDTRANS_SERVER_KEY",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRETS",
    "EMAIL_URL",
    "TWILIO_AUTH_TOKEN",
    "SMS_HTTP_AUTH",
    "METRICS_TOKEN",
    "SENTRY_DSN",
    "BACKUP_S3_ACCESS_KEY",
    "BACKUP_S3_SECRET_KEY",
    "FILES_S3_ACCESS_KEY",
    "FILES_S3_SECRET_KEY",
)


def read_secret_files() -> None:
    """Reads ``NAME_FILE`` into ``NAME``, unless that is set."""
    for name in SECRETS:
        file = os.environ.get(f"{name}_FILE", "")
        if file and name not in os.environ:
            os.environ[name] = Path(file).read_text().strip()


read_secret_files()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATA_DIR = Path(env.str("LAYAR_DATA", str(BASE_DIR / "var"))).resolve()
# Written by bin/run, so that manage.py uses the same stores. Set variables take precedence.
env.read_env(str(DATA_DIR / "environment"), recurse=False)
