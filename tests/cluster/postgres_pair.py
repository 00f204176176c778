"""A PostgreSQL primary and a synchronous standby that can take over, each on a host of its own."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from ops.stores.ports_and_secrets import PortRegistry, SecretFile
from ops.stores.postgres import DATABASE, ROLE, Postgres
from ops.stores.process_guard import Child, ProcessGroup, Program
from ops.stores.server_user import ServerUser
from tests.cluster.network import Host
from tests.cluster.replicas import start_replica, superuser


@dataclass(frozen=True)
class HostedPostgres(Postgres):
    """A durable server that listens on its host's address, too."""

    host: Host = field(default_factory=Host)

    @property
    def address(self) -> str:
        return self.host.address

    def _program(self, account: ServerUser) -> Program:
        program = super()._program(account)
        listen = ("-c", f"listen_addresses={self.host.address}")
        return replace(program, command=[*self.host.command_prefix, *program.command, *listen])

    def _make_cluster(self, account: ServerUser) -> None:
        super()._make_cluster(account)
        with (self.folder / "pg_hba.conf").open("a") as rules:
            for database in ("all", "replication"):
                rules.write(f"host {database} all samenet scram-sha-256\n")


@dataclass
class Pair:
    group: ProcessGroup
    primary: HostedPostgres
    standby: HostedPostgres
    children: dict[int, Child] = field(default_factory=dict)  # by port

    @property
    def url(self) -> str:
        """The address of the server that accepts writes, whichever it is."""
        servers = sorted((self.primary, self.standby), key=lambda server: server.port)
        hosts = ",".join(f"{server.address}:{server.port}" for server in servers)
        return f"postgres://{ROLE}:{self.primary.password}@{hosts}/{DATABASE}?connect_timeout=3"

    def has_standby(self) -> bool:
        """Whether the standby runs; after a failover it is the killed primary, which does not."""
        child = self.children.get(self.standby.port)
        return child is not None and child.process.poll() is None

    def kill_primary(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.children[self.primary.port].process.pid, signal.SIGKILL)

    def promote(self) -> None:
        """Makes the standby the primary, alone: it must not wait for a standby of its own."""
        superuser(self.standby, "SELECT pg_promote()")
        superuser(self.standby, "ALTER SYSTEM RESET synchronous_standby_names")
        superuser(self.standby, "SELECT pg_reload_conf()")
        self.primary, self.standby = self.standby, self.primary

    def rebuild_standby(self) -> None:
        """Copies the primary into the standby's folder and has it follow synchronously."""
        if old := self.children.pop(self.standby.port, None):
            self.group.stop(old)
        shutil.rmtree(self.standby.folder, ignore_errors=True)
        self.children[self.standby.port] = start_replica(
            self.primary, self.standby, self.group, self.primary.address
        )
        superuser(self.primary, "ALTER SYSTEM SET synchronous_standby_names = '*'")
        superuser(self.primary, "SELECT pg_reload_conf()")


@contextmanager
def postgres_pair(folder: Path, hosts: Sequence[Host]) -> Iterator[Pair]:
    folder.mkdir(parents=True, exist_ok=True)
    ports, secrets = PortRegistry(folder / "ports.json"), SecretFile(folder / "secrets.json")
    one, two = (
        HostedPostgres(
            folder / name,
            ports.port(name),
            secrets.password("superuser"),
            secrets.password("postgres"),
            host=host,
        )
        for name, host in zip(("one", "two"), hosts, strict=True)
    )
    group = ProcessGroup()
    pair = Pair(group, one, two)
    try:
        pair.children[pair.primary.port] = pair.primary.start(group)
        pair.rebuild_standby()
        yield pair
    finally:
        for child in pair.children.values():
            group.stop(child)
        group.close()
