"""Settings from the environment."""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core.exceptions import ImproperlyConfigured
from kombu import Connection

from cinema_project.settings.database_urls import parse_database_url, parse_redis_url
from cinema_project.settings.env import SECRETS
from core.redis import connection_pool
from core.redis.addresses import SentinelAddress, sentinel_address
from core.redis.hung import PooledSentinelTlsConnection, SentinelTlsConnection
from core.redis.libraries import celery_broker, channel_layer_host

ROOT = Path(__file__).resolve().parent.parent
SHOW = "from cinema_project import settings; print(settings.SECRET_KEY, settings.METRICS_TOKEN)"


def shown(**environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
    return subprocess.run(
        [sys.executable, "-c", SHOW],
        env=kept | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "secret"
    path.write_text("from-a-file\n")
    return str(path)


def test_secret_is_read_from_a_file(file: str) -> None:
    assert shown(SECRET_KEY_FILE=file, METRICS_TOKEN_FILE=file) == "from-a-file from-a-file"


def test_secret_takes_precedence_over_its_file(file: str) -> None:
    assert shown(SECRET_KEY="said", SECRET_KEY_FILE=file, METRICS_TOKEN="") == "said"


def test_secrets_are_documented_settings() -> None:
    files = sorted((ROOT / "cinema_project" / "settings").glob("*.py"))
    read = {
        name
        for file in files
        if file.name != "env.py"
        for name in re.findall(r'"([A-Z_0-9]+)"', file.read_text())
    }
    assert set(SECRETS) - read == set()  # a setting that is never read has no effect


URL = "postgres://layar:s%40cret@db1:5432,db2:5433/cinema"


def test_database_url_keeps_every_option() -> None:
    options = "sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=7&options=-c%20jit%3Doff"

    assert parse_database_url("DATABASE_URL", f"{URL}?{options}", "-c lock_timeout=3000") == {
        "NAME": "cinema",
        "USER": "layar",
        "PASSWORD": "s@cret",
        "HOST": "db1,db2",
        "PORT": "5432,5433",
        "OPTIONS": {
            "application_name": "layar",
            "connect_timeout": "7",
            "keepalives": "1",
            "keepalives_idle": "5",
            "keepalives_interval": "2",
            "keepalives_count": "3",
            "tcp_user_timeout": "10000",
            "sslmode": "verify-full",
            "sslrootcert": "/ca.pem",
            "target_session_attrs": "read-write",
            "options": "-c lock_timeout=3000 -c jit=off",
        },
    }


SHOW_OPTIONS = """
from cinema_project.settings.databases import DATABASES

print([(name, DATABASES[name]["OPTIONS"].get("sslmode")) for name in sorted(DATABASES)])
"""


@pytest.mark.parametrize("pooled", ["true", "false"])
def test_every_database_keeps_the_options_of_its_url(pooled: str) -> None:
    names = ("DATABASE_URL", "DATABASE_PGBOUNCER_URL", "DATABASE_REPLICA_URL")
    urls = dict.fromkeys(names, f"{URL}?sslmode=verify-full")

    finished = subprocess.run(
        [sys.executable, "-c", SHOW_OPTIONS],
        env={**os.environ, **urls, "DATABASE_POOLED": pooled},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert finished.stdout.strip() == str([("default", "verify-full"), ("replica", "verify-full")])


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            f"{URL}?sslmod=require",
            'DATABASE_URL cannot be used: invalid URI query parameter: "sslmod"',
        ),
        ("mysql://layar:secret@db/x", "DATABASE_URL must begin with postgres:// or postgresql://"),
        (
            "postgres://layar:se cret@db/x",
            "DATABASE_URL cannot be used: unexpected spaces found in",
        ),
    ],
)
def test_invalid_database_url_is_refused_without_showing_it(url: str, message: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        parse_database_url("DATABASE_URL", url)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("url", "database", "parsed"),
    [
        ("redis://:p@h:6379", 1, "redis://:p@h:6379/1"),
        ("redis://h/4/", None, "redis://h/4/"),
        (
            "rediss://:p@h:6380?ssl_ca_certs=/ca.pem",
            2,
            "rediss://:p@h:6380/2?ssl_ca_certs=%2Fca.pem&ssl_cert_reqs=required",
        ),
        ("rediss://h?ssl_cert_reqs=none", 0, "rediss://h/0?ssl_cert_reqs=none"),
        (
            "redis+sentinel://:p@s1:26379,s2/5?sentinel_service=layar",
            1,
            "redis+sentinel://:p@s1:26379,s2/1?sentinel_service=layar",
        ),
    ],
)
def test_redis_url_keeps_its_certificate_options(
    url: str, database: int | None, parsed: str
) -> None:
    assert parse_redis_url("REDIS_URL", url, database) == parsed


@pytest.mark.parametrize("client", ["redis", "celery"])
def test_redis_clients_read_the_certificate_options(client: str) -> None:
    url = parse_redis_url("REDIS_URL", "rediss://h:6380?ssl_ca_certs=/ca.pem", 2)
    if client == "redis":
        options: Any = redis.ConnectionPool.from_url(url).connection_kwargs
    else:
        options = Connection(url).ssl
    assert (options["ssl_ca_certs"], options["ssl_cert_reqs"]) == (
        "/ca.pem",
        "required" if client == "redis" else ssl.CERT_REQUIRED,
    )


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "http://h",
            "REDIS_URL must begin with redis://, rediss://, redis+sentinel:// or"
            " rediss+sentinel://",
        ),
        (
            "amqp://layar:secret@rabbit/",
            "REDIS_URL names RabbitMQ, which Layar does not support: tasks, heartbeat and the"
            " length of the queue need Redis or Valkey",
        ),
        (
            "redis+sentinel://:secret@s1,s2",
            "REDIS_URL needs sentinel_service=NAME, the name that the sentinels know the primary"
            " by",
        ),
        (
            "redis+sentinel://s1,?sentinel_service=layar",
            "REDIS_URL names no sentinel, or an empty one",
        ),
        (
            "redis+sentinel://s1:x?sentinel_service=layar",
            "REDIS_URL has a sentinel whose port is not a number",
        ),
        (
            "redis+sentinel://s1?sentinel_service=layar&ssl_ca_certs=/x",
            "REDIS_URL has TLS options but does not begin with rediss+sentinel://",
        ),
        (
            "redis://h?ssl_ca_certs=/x",
            "REDIS_URL has TLS options but does not begin with rediss://",
        ),
        (
            "rediss://h?ssl_ca_cert=/x",
            "REDIS_URL has unknown options: ssl_ca_cert; known ones are ssl_ca_certs, ssl_ca_path,"
            " ssl_cert_reqs, ssl_certfile, ssl_check_hostname, ssl_keyfile",
        ),
    ],
)
def test_invalid_redis_url_is_refused(url: str, message: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        parse_redis_url("REDIS_URL", url)
    assert str(refusal.value) == message


SECURE_SENTINELS = (
    "rediss+sentinel://layar:s%3Bcret@[::1]:1,s2/3?sentinel_service=shop&sentinel_password=own"
    "&ssl_ca_certs=/ca.pem"
)


def test_sentinel_url_is_given_to_each_library() -> None:
    url = parse_redis_url("REDIS_URL", SECURE_SENTINELS)
    encryption = {"ssl_ca_certs": "/ca.pem", "ssl_cert_reqs": "required"}
    sentinel = {"password": "own", "socket_timeout": 0.25, "socket_connect_timeout": 0.25}

    address = sentinel_address(url)
    broker, options, broker_encryption = celery_broker(url)
    layer = channel_layer_host(url, socket_timeout=None)
    pools = [connection_pool(url), connection_pool(url, leaves_hung_alone=True)]
    asked = [options["sentinel_kwargs"], layer["sentinel_kwargs"]]
    retries = [how.pop("retry").get_retries() for how in asked]

    server = {"db": 3, "username": "layar", "password": "s;cret", "ssl": True, **encryption}
    sentinels = (("::1", 1), ("s2", 26379))
    assert address == SentinelAddress(
        sentinels=sentinels,
        service="shop",
        server_options=server,
        sentinel_options={**sentinel, **encryption, "ssl": True},
    )
    assert broker == "sentinel://layar:s%3Bcret@[::1]:1/3;sentinel://layar:s%3Bcret@s2:26379/3"
    assert (options["master_name"], broker_encryption) == ("shop", encryption)
    assert asked == [address.sentinel_options] * 2
    assert retries == [0, 0]
    assert {name: layer[name] for name in server} == server
    assert (layer["sentinels"], layer["master_name"]) == (sentinels, "shop")
    assert [pool.connection_class for pool in pools] == [
        SentinelTlsConnection,
        PooledSentinelTlsConnection,
    ]


SHOW_BROKER = """
from celery.bin.celery import celery
from cinema_project.celery import app

try:
    celery.main(["--app", "cinema_project", "report"], standalone_mode=False)
finally:
    print([connection().alt for connection in (app.connection_for_read, app.connection)])
"""


def test_celerys_command_line_uses_the_setting_and_not_the_variable() -> None:
    url = "redis+sentinel://s1,s2/2?sentinel_service=layar"
    finished = subprocess.run(
        [sys.executable, "-c", SHOW_BROKER],
        env={
            **os.environ,
            "BROKER_URL": url,
            "DJANGO_SETTINGS_MODULE": "cinema_project.settings",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    last = finished.stdout.strip().rpartition("\n")[2]

    assert last == str([["sentinel://:@s1:26379/2", "sentinel://:@s2:26379/2"]] * 2)
