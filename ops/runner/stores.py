"""The run's stores: embedded, or the operator's own where DATABASE_URL or REDIS_URL is set."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis

from ops.runner.cli import Arguments
from ops.runner.console import Console
from ops.runner.supervisor import Supervisor
from ops.stores.errors import StartError
from ops.stores.ports_and_secrets import PortBook, SecretBook
from ops.stores.postgres import Postgres
from ops.stores.process_guard import ProcessGroup
from ops.stores.valkey import Valkey

CONNECT_SECONDS = 10
POSTGRES_VERSION_LEAST = 150_000  # UNIQUE NULLS NOT DISTINCT


@dataclass(frozen=True)
class OwnPostgres:
    """A PostgreSQL that somebody else runs; we only look whether it is there."""

    url: str

    def check(self) -> None:
        try:
            with psycopg.connect(self.url, connect_timeout=CONNECT_SECONDS) as connection:
                version = connection.info.server_version
        except psycopg.Error as error:
            raise StartError(f"{without_password(self.url)} does not let us in: {error}") from error
        if version < POSTGRES_VERSION_LEAST:
            raise StartError(f"{without_password(self.url)} is older than PostgreSQL 15")


@dataclass(frozen=True)
class OwnRedis:
    url: str

    def check(self) -> None:
        try:
            client = redis.Redis.from_url(
                self.url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS
            )
            client.ping()
            client.close()
        except (redis.RedisError, ValueError) as error:
            raise StartError(f"{without_password(self.url)} does not let us in: {error}") from error


@dataclass(frozen=True)
class Stores:
    postgres: Postgres | OwnPostgres
    valkey: Valkey | OwnRedis

    def start(self, guard: ProcessGroup, steps: Console, supervisor: Supervisor) -> None:
        """Starts what is ours, under the supervisor's eyes, and checks what is not."""
        for name, store in (("PostgreSQL", self.postgres), ("Valkey", self.valkey)):
            if isinstance(store, OwnPostgres | OwnRedis):
                with steps.step(f"connect to {name} (yours)"):
                    store.check()
            else:
                with steps.step(f"start {name}"):
                    supervisor.take(store.start(guard), partial(store.launch, guard))


def choose_stores(arguments: Arguments, ports: PortBook, secrets: SecretBook) -> Stores:
    database_url, redis_url = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    return Stores(
        OwnPostgres(database_url)
        if database_url
        else Postgres(
            arguments.data,
            ports.port("postgres"),
            secrets.password("postgres_superuser"),
            secrets.password("postgres"),
            throwaway=arguments.throwaway,
        ),
        OwnRedis(redis_url)
        if redis_url
        else Valkey(
            arguments.data,
            ports.port("valkey"),
            secrets.password("valkey"),
            throwaway=arguments.throwaway,
        ),
    )


def without_password(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "the address given"
    user, at, host = parts.netloc.rpartition("@")
    if ":" in user:
        user = user.partition(":")[0] + ":…"
    return urlunsplit((parts.scheme, user + at + host, parts.path, "", ""))
