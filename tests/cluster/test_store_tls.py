"""TLS to PostgreSQL (through PgBouncer, which terminates it) and to Redis, by URL options."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from django.db.utils import load_backend
from kombu import Connection
from redis import asyncio as redis_asyncio

from cinema_project.settings.database_urls import parse_database_url, parse_redis_url
from core.redis import PipelinedConnection
from core.redis.libraries import CacheConnectionFactory
from ops.stores.ports_and_secrets import LOOPBACK, choose_port
from ops.stores.postgres import Postgres
from ops.stores.process_guard import ProcessGroup
from ops.stores.valkey import Valkey
from tests.cluster.pooler import pgbouncer
from tests.cluster.tls import self_signed, terminated

pytestmark = pytest.mark.runtime

# Error of each client library when the server's certificate is not trusted.
REFUSALS = (redis.RedisError, OSError)


@pytest.fixture(scope="module")
def group() -> Iterator[ProcessGroup]:
    group = ProcessGroup()
    yield group
    group.close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    folder = tmp_path_factory.mktemp("tls")
    folder.chmod(0o755)
    return {name: self_signed(folder, name) for name in ("server", "other", "client")}


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory, group: ProcessGroup) -> Iterator[Postgres]:
    server = Postgres(
        tmp_path_factory.mktemp("pg"), choose_port(), "superuser", "pass word", ephemeral=True
    )
    child = server.start(group)
    yield server
    group.stop(child)


@pytest.fixture(scope="module")
def pooled(
    tmp_path_factory: pytest.TempPathFactory,
    postgres: Postgres,
    certificates: dict[str, tuple[Path, Path]],
) -> Iterator[int]:
    """The port of a PgBouncer that accepts TLS only."""
    certificate, key = certificates["server"]
    key.chmod(0o644)  # it runs as another user
    lines = (
        "client_tls_sslmode = require",
        f"client_tls_cert_file = {certificate}",
        f"client_tls_key_file = {key}",
    )
    folder = tmp_path_factory.mktemp("bouncer")
    with pgbouncer(folder, postgres.port, postgres.password, *lines) as url:
        yield int(url.rpartition(":")[2].partition("/")[0])


def open_session(url: str) -> psycopg.Connection[Any]:
    """A session with the settings that Django gets for ``url``."""
    settings = parse_database_url("DATABASE_URL", url) | {
        "TIME_ZONE": None,
        "CONN_HEALTH_CHECKS": False,
        "CONN_MAX_AGE": 0,
    }
    wrapper = load_backend("core.db.backend").DatabaseWrapper(settings, "tls")
    session: psycopg.Connection[Any] = psycopg.connect(**wrapper.get_connection_params())
    return session


def database_url(port: int, options: str, hosts: str = "") -> str:
    return f"postgres://layar:pass%20word@{hosts or f'{LOOPBACK}:{port}'}/layar?{options}"


def test_database_certificate_is_verified_by_the_urls_options(
    pooled: int, certificates: dict[str, tuple[Path, Path]]
) -> None:
    ours, other = certificates["server"][0], certificates["other"][0]
    with open_session(database_url(pooled, f"sslmode=verify-full&sslrootcert={ours}")) as session:
        is_encrypted = session.pgconn.ssl_in_use
    with open_session(database_url(pooled, "sslmode=require")) as session:
        is_encrypted_without_root = session.pgconn.ssl_in_use

    assert (is_encrypted, is_encrypted_without_root) == (True, True)
    for refused in (f"sslmode=verify-full&sslrootcert={other}", "sslmode=disable"):
        with pytest.raises(psycopg.OperationalError):
            open_session(database_url(pooled, refused))


def test_second_host_is_used_when_the_first_is_unavailable(
    pooled: int, certificates: dict[str, tuple[Path, Path]]
) -> None:
    hosts = f"{LOOPBACK}:{choose_port()},{LOOPBACK}:{pooled}"
    options = f"sslmode=verify-ca&sslrootcert={certificates['server'][0]}&target_session_attrs=any"

    with open_session(database_url(0, options, hosts)) as session:
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_several_hosts_mean_the_one_that_can_be_written(postgres: Postgres) -> None:
    hosts = f"{LOOPBACK}:{choose_port()},{LOOPBACK}:{postgres.port}"
    with open_session(database_url(0, "connect_timeout=3", hosts)) as session:
        session.execute("ALTER DATABASE layar SET default_transaction_read_only = on")
        session.commit()

    with pytest.raises(psycopg.OperationalError, match="read-only"):
        open_session(database_url(0, "connect_timeout=3", hosts))
    with open_session(
        database_url(postgres.port, "options=-c%20statement_timeout%3D7s")
    ) as session:
        session.read_only = False
        timeout = session.execute("SHOW statement_timeout").fetchone()
        session.execute("ALTER DATABASE layar RESET default_transaction_read_only")
        session.commit()
    assert timeout == ("7s",)


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory, group: ProcessGroup) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey"), choose_port(), "secret", ephemeral=True)
    child = server.start(group)
    yield server
    group.stop(child)


async def ping_live(url: str) -> object:
    """As the channel layer connects."""
    client: Any = redis_asyncio.Redis.from_url(url)
    try:
        return await client.ping()
    finally:
        await client.aclose()


def ping_all(url: str) -> list[object]:
    """One command by each client library that uses our URLs."""

    replies: list[object] = [PipelinedConnection(url).execute("PING"), asyncio.run(ping_live(url))]
    cache = CacheConnectionFactory({}).connect(url)
    replies.append(cache.ping())
    with Connection(url) as broker:
        broker.ensure_connection(max_retries=1, timeout=5)
        replies.append(broker.connected)
    return replies


def test_redis_certificate_is_verified_by_every_client(
    valkey: Valkey, certificates: dict[str, tuple[Path, Path]]
) -> None:
    ours, other = certificates["server"][0], certificates["other"][0]
    with terminated(certificates["server"], valkey.port) as port:
        url = f"rediss://:secret@{LOOPBACK}:{port}"
        trusted = parse_redis_url("REDIS_URL", f"{url}?ssl_ca_certs={ours}", 0)
        unchecked = parse_redis_url("REDIS_URL", f"{url}?ssl_cert_reqs=none", 0)
        untrusted = parse_redis_url("REDIS_URL", f"{url}?ssl_ca_certs={other}", 0)
        replies = [ping_all(trusted), ping_all(unchecked)]
        with pytest.raises(REFUSALS):
            PipelinedConnection(untrusted).execute("PING")
        with pytest.raises(REFUSALS):
            CacheConnectionFactory({}).connect(untrusted).ping()
        with pytest.raises(REFUSALS):
            asyncio.run(ping_live(untrusted))

    assert replies == [[b"PONG", True, True, True]] * 2


def test_redis_that_wants_a_client_certificate_gets_it(
    valkey: Valkey, certificates: dict[str, tuple[Path, Path]]
) -> None:
    authority, (client, key) = certificates["client"][0], certificates["client"]
    with terminated(certificates["server"], valkey.port, authority) as port:
        url = f"rediss://:secret@{LOOPBACK}:{port}?ssl_ca_certs={certificates['server'][0]}"
        with_own = parse_redis_url("REDIS_URL", f"{url}&ssl_certfile={client}&ssl_keyfile={key}", 0)
        replies = ping_all(with_own)
        with pytest.raises(REFUSALS):
            PipelinedConnection(parse_redis_url("REDIS_URL", url, 0)).execute("PING")

    assert replies == [b"PONG", True, True, True]
