"""A Valkey primary with a replica, and three sentinels that promote the replica."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from ops.stores import binaries
from ops.stores.ports_and_secrets import LOOPBACK, choose_port
from ops.stores.process_guard import Child, ProcessGroup, Program
from ops.stores.valkey import Valkey
from tests.runtime.processes import wait_until

SERVICE = "layar"
SENTINELS, QUORUM = 3, 2
DOWN_AFTER_MS = 1_000
FAILOVER_TIMEOUT_MS = 10_000
PASSWORD, SENTINEL_PASSWORD = "of-the-servers", "of-the-sentinels"


class Member(Valkey):
    """A server that may become a replica."""

    def _settings(self) -> str:
        return f"{super()._settings()}primaryauth {self.password}\n"


@dataclass
class Fleet:
    group: ProcessGroup
    members: dict[int, Member]  # by port, the first primary first
    sentinel_ports: list[int]
    children: dict[int, Child] = field(default_factory=dict)
    killed_port: int = 0

    @property
    def url(self) -> str:
        hosts = ",".join(f"{LOOPBACK}:{port}" for port in self.sentinel_ports)
        asked = f"sentinel_service={SERVICE}&sentinel_password={SENTINEL_PASSWORD}"
        return f"redis+sentinel://:{PASSWORD}@{hosts}?{asked}"

    @property
    def primary_url(self) -> str:
        """The address of the primary alone."""
        return self.members[_state(self.sentinel_ports[0])["port"]].url

    def is_ready(self) -> bool:
        """Whether every sentinel knows all others and a replica that follows the primary."""
        try:
            states = [_state(port) for port in self.sentinel_ports]
            with redis.Redis.from_url(self.primary_url) as primary:
                followers = primary.info("replication")["connected_slaves"]
        except redis.RedisError:
            return False
        known = {(state["num-slaves"], state["num-other-sentinels"]) for state in states}
        return (known, followers) == ({(1, SENTINELS - 1)}, 1)

    def kill_primary(self) -> None:
        self.killed_port = _state(self.sentinel_ports[0])["port"]
        os.killpg(self.children[self.killed_port].process.pid, signal.SIGKILL)

    def has_failed_over(self) -> bool:
        """Whether every sentinel names the other server."""
        ports = {_state(port)["port"] for port in self.sentinel_ports}
        return ports == self.members.keys() - {self.killed_port}

    def revive(self) -> None:
        """Starts the killed server as it was; the sentinels make it a replica."""
        self.children[self.killed_port] = self.members[self.killed_port].start(self.group)


@contextmanager
def fleet(folder: Path) -> Iterator[Fleet]:
    group = ProcessGroup()
    with ExitStack() as stack:
        stack.callback(group.close)
        servers = [
            Member(folder / name, choose_port(), PASSWORD, ephemeral=True)
            for name in ("one", "two")
        ]
        started = Fleet(
            group,
            {server.port: server for server in servers},
            [choose_port() for _ in range(SENTINELS)],
        )
        stack.callback(lambda: [group.stop(child) for child in started.children.values()])
        started.children |= {server.port: server.start(group) for server in servers}
        with redis.Redis.from_url(servers[1].url) as replica:
            replica.replicaof(LOOPBACK, servers[0].port)
        for port in started.sentinel_ports:
            stack.callback(group.stop, group.start(_sentinel(folder, port, servers[0].port)))
        wait_until(started.is_ready)
        yield started


def _sentinel(folder: Path, port: int, primary_port: int) -> Program:
    own = folder / f"sentinel-{port}"
    own.mkdir()
    settings = (  # a file that the sentinel rewrites
        f"bind {LOOPBACK}",
        f"port {port}",
        f'dir "{own}"',
        f"requirepass {SENTINEL_PASSWORD}",
        f"sentinel monitor {SERVICE} {LOOPBACK} {primary_port} {QUORUM}",
        f"sentinel auth-pass {SERVICE} {PASSWORD}",
        f"sentinel down-after-milliseconds {SERVICE} {DOWN_AFTER_MS}",
        f"sentinel failover-timeout {SERVICE} {FAILOVER_TIMEOUT_MS}",
    )
    (own / "sentinel.conf").write_text("\n".join(settings) + "\n")
    return Program(
        name=f"sentinel-{port}",
        command=[str(binaries.valkey_program()), str(own / "sentinel.conf"), "--sentinel"],
        log=own / "sentinel.log",
        environment=dict(os.environ),
        rank=80,
    )


def _state(port: int) -> dict[str, Any]:
    with redis.Redis(LOOPBACK, port, password=SENTINEL_PASSWORD) as client:
        state: dict[str, Any] = client.sentinel_masters()[SERVICE]
    return state
