"""Stores for one test run or one measurement: made in a temporary folder, gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.stores import binaries
from ops.stores.ports_and_secrets import PortBook, SecretBook
from ops.stores.postgres import Postgres
from ops.stores.process_guard import ProcessGroup
from ops.stores.valkey import Valkey


@contextmanager
def throwaway_stores(*, durable: bool = False) -> Iterator[dict[str, str]]:
    """Yields the environment of a fresh PostgreSQL and Valkey, with keys and a data folder.

    ``durable`` keeps fsync and the append-only file on, for measurements that must cost what
    the shipped settings cost. Everything ends and is deleted with the block, or with the
    calling process if that is killed.
    """
    data = Path(tempfile.mkdtemp(prefix="layar-"))
    guard = ProcessGroup()
    guard.remove_afterwards(data)
    children = []
    try:
        ports, secrets = PortBook(data / "ports.json"), SecretBook(data / "secrets.json")
        postgres = Postgres(
            data,
            ports.port("postgres"),
            secrets.password("postgres_superuser"),
            secrets.password("postgres"),
            throwaway=not durable,
        )
        valkey = Valkey(
            data, ports.port("valkey"), secrets.password("valkey"), throwaway=not durable
        )
        children.append(postgres.start(guard))
        children.append(valkey.start(guard))
        yield {
            "DATABASE_URL": postgres.url,
            "REDIS_URL": valkey.url,
            "LAYAR_DATA": str(data),
            "SECRET_KEY": secrets.password("secret_key"),
            "TICKET_SIGNING_KEY": secrets.key_base64("ticket_signing_key"),
            "SANDBOX_WEBHOOK_SECRET": secrets.password("sandbox_webhook"),
            "PG_DUMP": str(binaries.postgres_folder() / "pg_dump"),
            "PG_RESTORE": str(binaries.postgres_folder() / "pg_restore"),
        }
    finally:
        for child in reversed(children):
            guard.stop(child)
        guard.close()
        shutil.rmtree(data, ignore_errors=True)
