"""The run's stores: embedded, or external where DATABASE_URL or REDIS_URL is set."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis

from core import redis as core_redis
from ops.runner.cli import Arguments
from ops.runner.console import Console
from ops.runner.supervisor import Supervisor
from ops.stores.errors import StartError
from ops.stores.ports_and_secrets import PortRegistry, SecretFile
from ops.stores.postgres import Postgres
from ops.stores.process_guard import ProcessGroup
from ops.stores.valkey import Valkey

CONNECT_SECONDS = 10
POSTGRES_VERSION_MIN = 150_000  # UNIQUE NULLS NOT DISTINCT


@dataclass(frozen=True)
class ExternalPostgres:
    """External PostgreSQL server: only its version is checked."""

    url: str

    def check(self) -> None:
        try:
            with psycopg.connect(self.url, connect_timeout=CONNECT_SECONDS) as connection:
                version = connection.info.server_version
        except psycopg.Error as error:
            raise StartError(f"{without_password(self.url)} cannot be used: {error}") from error
        if version < POSTGRES_VERSION_MIN:
            raise StartError(f"{without_password(self.url)} is older than PostgreSQL 15")


@dataclass(frozen=True)
class ExternalRedis:
    url: str

    def check(self) -> None:
        try:
            client = core_redis.client(
                self.url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS
            )
            client.ping()
            client.close()
        except (redis.RedisError, ValueError) as error:
            raise StartError(f"{without_password(self.url)} cannot be used: {error}") from error


@dataclass(frozen=True)
class Stores:
    postgres: Postgres | ExternalPostgres
    valkey: Valkey | ExternalRedis

    def start(self, process_group: ProcessGroup, console: Console, supervisor: Supervisor) -> None:
        """Starts embedded stores under supervision and checks external ones."""
        for name, store in (("PostgreSQL", self.postgres), ("Valkey", self.valkey)):
            if isinstance(store, ExternalPostgres | ExternalRedis):
                with console.step(f"connect to {name} (yours)"):
                    store.check()
            else:
                with console.step(f"start {name}"):
                    supervisor.add(store.start(process_group), partial(store.launch, process_group))


def choose_stores(arguments: Arguments, ports: PortRegistry, secrets: SecretFile) -> Stores:
    database_url, redis_url = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    return Stores(
        ExternalPostgres(database_url)
        if database_url
        else Postgres(
            arguments.data,
            ports.port("postgres"),
            secrets.password("postgres_superuser"),
            secrets.password("postgres"),
            ephemeral=arguments.ephemeral,
        ),
        ExternalRedis(redis_url)
        if redis_url
        else Valkey(
            arguments.data,
            ports.port("valkey"),
            secrets.password("valkey"),
            ephemeral=arguments.ephemeral,
        ),
    )


def without_password(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "the given address"
    user, at, host = parts.netloc.rpartition("@")
    if ":" in user:
        user = user.partition(":")[0] + ":…"
    return urlunsplit((parts.scheme, user + at + host, parts.path, "", ""))
