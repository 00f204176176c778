"""Parses PostgreSQL and Redis URLs; options in their query strings are kept or refused."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from core.redis.addresses import SENTINEL_OPTIONS, SENTINEL_SCHEMES, sentinel_address

SCHEMES = ("postgres://", "postgresql://")
# A server that cannot be reached, or a connection that went silent, is noticed within seconds.
# Without them a query on a dead network waits for over a minute.
CONNECTION_DEFAULTS = {
    "connect_timeout": "3",
    "keepalives": "1",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",  # milliseconds
}
REDIS_OPTIONS = frozenset(
    (
        "ssl_ca_certs",
        "ssl_ca_path",
        "ssl_cert_reqs",
        "ssl_certfile",
        "ssl_check_hostname",
        "ssl_keyfile",
    )
)
REDIS_SCHEMES = ("redis", "rediss", *SENTINEL_SCHEMES)
AMQP_SCHEMES = ("amqp", "amqps", "pyamqp")
DJANGO_KEYS = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST"}


def parse_database_url(name: str, url: str, session_options: str = "") -> dict[str, Any]:
    """Returns Django's settings for the URL in the variable ``name``.

    All connection options of libpq are accepted (``sslmode``, ``target_session_attrs``, several
    hosts, …); ``session_options`` is put before the URL's own ``options``. Raises
    ``ImproperlyConfigured`` for an unknown option, without showing the URL.
    """
    if not url.startswith(SCHEMES):
        raise ImproperlyConfigured(f"{name} must begin with postgres:// or postgresql://")
    try:
        options = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    except psycopg.ProgrammingError as error:
        reason = str(error).strip().replace(url, "…")
        if '"' in reason and "parameter" not in reason:
            reason = reason.partition('"')[0].strip()  # it quotes a part, perhaps the password
        raise ImproperlyConfigured(f"{name} cannot be used: {reason}") from None
    database: dict[str, Any] = {
        django_key: options.pop(key, "") for key, django_key in DJANGO_KEYS.items()
    }
    database["PORT"] = options.pop("port", "")
    if "," in database["HOST"]:
        options.setdefault("target_session_attrs", "read-write")
    merged = " ".join(part for part in (session_options, options.pop("options", "")) if part)
    defaults = {"application_name": "layar"} | CONNECTION_DEFAULTS
    return database | {
        "OPTIONS": defaults | options | ({"options": merged} if merged else {}),
    }


def parse_redis_url(name: str, url: str, database: int | None = None) -> str:
    """Returns ``url`` with ``database`` as its path and with its TLS and Sentinel options.

    ``rediss://`` verifies the server's certificate unless ``ssl_cert_reqs`` says otherwise. Raises
    ``ImproperlyConfigured`` for an unknown option, without showing the URL.
    """
    parts = urlsplit(url)
    if parts.scheme in AMQP_SCHEMES:
        raise ImproperlyConfigured(
            f"{name} names RabbitMQ, which Layar does not support: tasks, heartbeat and the length"
            " of the queue need Redis or Valkey"
        )
    if parts.scheme not in REDIS_SCHEMES:
        *most, last = (f"{scheme}://" for scheme in REDIS_SCHEMES)
        raise ImproperlyConfigured(f"{name} must begin with {', '.join(most)} or {last}")
    is_sentinel = parts.scheme in SENTINEL_SCHEMES
    known = REDIS_OPTIONS | (SENTINEL_OPTIONS if is_sentinel else frozenset())
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(options.keys() - known):
        raise ImproperlyConfigured(
            f"{name} has unknown options: {', '.join(unknown)}; known ones are"
            f" {', '.join(sorted(known))}"
        )
    if parts.scheme.startswith("rediss"):
        options.setdefault("ssl_cert_reqs", "required")  # Celery needs it in the URL
    elif options.keys() & REDIS_OPTIONS:
        secure = parts.scheme.replace("redis", "rediss")
        raise ImproperlyConfigured(f"{name} has TLS options but does not begin with {secure}://")
    path = parts.path if database is None else f"/{database}"
    parsed = urlunsplit((parts.scheme, parts.netloc, path, urlencode(options), ""))
    try:
        sentinel_address(parsed)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} {error}") from None
    return parsed
