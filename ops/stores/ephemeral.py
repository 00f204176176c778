"""Stores for one test run or measurement, in a temporary folder that is deleted afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.stores import binaries
from ops.stores.ports_and_secrets import PortRegistry, SecretFile
from ops.stores.postgres import Postgres
from ops.stores.process_guard import ProcessGroup
from ops.stores.valkey import Valkey


@contextmanager
def ephemeral_stores(*, durable: bool = False) -> Iterator[dict[str, str]]:
    """Yields the environment of a fresh PostgreSQL and Valkey, with keys and a data folder.

    ``durable`` keeps fsync and the append-only file on, for measurements with the shipped
    settings. Everything is stopped and deleted at the end of the block, or by the watchdog if
    the calling process is killed.
    """
    data = Path(tempfile.mkdtemp(prefix="layar-"))
    process_group = ProcessGroup()
    process_group.remove_afterwards(data)
    children = []
    try:
        ports, secrets = PortRegistry(data / "ports.json"), SecretFile(data / "secrets.json")
        postgres = Postgres(
            data,
            ports.port("postgres"),
            secrets.password("postgres_superuser"),
            secrets.password("postgres"),
            ephemeral=not durable,
        )
        valkey = Valkey(
            data, ports.port("valkey"), secrets.password("valkey"), ephemeral=not durable
        )
        children.append(postgres.start(process_group))
        children.append(valkey.start(process_group))
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
            process_group.stop(child)
        process_group.close()
        shutil.rmtree(data, ignore_errors=True)
