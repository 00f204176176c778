"""Two PostgreSQL servers under Patroni, with a third voter that keeps no data.

Patroni agrees over Raft between its own processes, so no other service is needed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import yaml

from ops.runner.cli import ROOT
from ops.stores import binaries
from ops.stores.ports_and_secrets import LOOPBACK, choose_port
from ops.stores.process_guard import Child, ProcessGroup, Program
from ops.stores.server_user import choose_server_user
from tests.runtime.processes import descendants, wait_until

NAMES = ("one", "two")
SUPERUSER, ROLE, DATABASE, PASSWORD = "postgres", "layar", "layar", "of-the-servers"
ANSWER_SECONDS = 5.0
SHIPPED = ROOT / "deploy" / "postgres" / "patroni.yaml"
STOP_SECONDS = 60.0


@dataclass
class Node:
    name: str
    folder: Path
    port: int
    api_port: int
    raft_port: int
    child: Child | None = None

    @property
    def url(self) -> str:
        return f"postgres://{ROLE}:{PASSWORD}@{LOOPBACK}:{self.port}/{DATABASE}"

    def state(self) -> dict[str, Any]:
        """What its Patroni says about the server: role, state, timeline; empty without answer."""
        with suppress(httpx.HTTPError, ValueError):
            url = f"http://{LOOPBACK}:{self.api_port}/patroni"
            found: dict[str, Any] = httpx.get(url, timeout=ANSWER_SECONDS).json()
            return found
        return {}

    def role(self) -> str:
        state = self.state()
        return str(state.get("role")) if state.get("state") in ("running", "streaming") else ""

    def kill(self) -> None:
        """Ends Patroni and its server at once, as the loss of their machine would."""
        assert self.child is not None
        first = self.child.process.pid
        for process_id in (first, *descendants(first)):
            with suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)
        self.child.process.wait(STOP_SECONDS)


@dataclass
class PatroniCluster:
    folder: Path
    group: ProcessGroup = field(default_factory=ProcessGroup)
    nodes: dict[str, Node] = field(default_factory=dict)
    voter_port: int = field(default_factory=choose_port)

    @property
    def url(self) -> str:
        hosts = ",".join(f"{LOOPBACK}:{node.port}" for node in self.nodes.values())
        return f"postgres://{ROLE}:{PASSWORD}@{hosts}/{DATABASE}?connect_timeout=3"

    def primary(self) -> Node | None:
        return next((node for node in self.nodes.values() if node.role() == "primary"), None)

    def has_synchronous_standby(self) -> bool:
        """Whether Patroni has recorded a synchronous standby, which it may promote."""
        return any(node.state().get("sync_standby") for node in self.nodes.values())

    def start(self, node: Node) -> None:
        settings = node.folder / "patroni.yaml"
        settings.write_text(yaml.safe_dump(self._settings(node)))
        account = choose_server_user(binaries.postgres_folder() / "postgres", node.folder)
        node.child = self.group.start(
            Program(
                name=f"patroni-{node.name}",
                command=[*account.prefix, sys.executable, "-m", "patroni", str(settings)],
                log=node.folder / "patroni.log",
                environment={**os.environ, "LC_ALL": "C"},
                rank=80,
                stop_timeout_seconds=STOP_SECONDS,
            )
        )

    def _raft(self, own_port: int, folder: Path) -> dict[str, Any]:
        ports = {self.voter_port, *(node.raft_port for node in self.nodes.values())}
        return {
            "data_dir": str(folder / "raft"),
            "self_addr": f"{LOOPBACK}:{own_port}",
            "partner_addrs": [f"{LOOPBACK}:{port}" for port in sorted(ports - {own_port})],
        }

    def _settings(self, node: Node) -> dict[str, Any]:
        """deploy/postgres/patroni.yaml with addresses, folders and passwords of this node."""
        settings: dict[str, Any] = yaml.safe_load(SHIPPED.read_text())
        del settings["etcd3"]
        api, server = (f"{LOOPBACK}:{port}" for port in (node.api_port, node.port))
        settings |= {
            "name": node.name,
            "restapi": {"listen": api, "connect_address": api},
            "raft": self._raft(node.raft_port, node.folder),
        }
        settings["postgresql"] |= {
            "listen": server,
            "connect_address": server,
            "data_dir": str(node.folder / "data"),
            "bin_dir": str(binaries.postgres_folder()),
            "pgpass": str(node.folder / "pgpass"),
            "parameters": {"unix_socket_directories": str(node.folder)},
            "pg_hba": [  # without certificates here
                rule.replace("hostssl", "host") for rule in settings["postgresql"]["pg_hba"]
            ],
        }
        for account in settings["postgresql"]["authentication"].values():
            account["password"] = PASSWORD
        return settings

    def start_voter(self) -> Child:
        folder = self.folder / "voter"
        folder.mkdir()
        settings = folder / "patroni.yaml"
        settings.write_text(yaml.safe_dump({"raft": self._raft(self.voter_port, folder)}))
        program = Path(sys.executable).parent / "patroni_raft_controller"
        return self.group.start(
            Program(
                name="patroni-voter",
                command=[sys.executable, str(program), str(settings)],
                log=folder / "patroni.log",
                environment=dict(os.environ),
                rank=80,
            )
        )


@contextmanager
def patroni_cluster(folder: Path) -> Iterator[PatroniCluster]:
    cluster = PatroniCluster(folder)
    for name in NAMES:
        (folder / name).mkdir(mode=0o700)
        cluster.nodes[name] = Node(name, folder / name, choose_port(), choose_port(), choose_port())
    voter = cluster.start_voter()
    try:
        for node in cluster.nodes.values():
            cluster.start(node)
        wait_until(lambda: cluster.primary() is not None)
        _make_database(cluster)
        wait_until(cluster.has_synchronous_standby)
        yield cluster
    finally:
        for child in [*(node.child for node in cluster.nodes.values() if node.child), voter]:
            cluster.group.stop(child)
        cluster.group.close()


def _make_database(cluster: PatroniCluster) -> None:
    primary = cluster.primary()
    assert primary is not None
    url = f"postgres://{SUPERUSER}:{PASSWORD}@{LOOPBACK}:{primary.port}/postgres"
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'".encode())
        session.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}".encode())
