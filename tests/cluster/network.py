"""Hosts with a network of their own: network namespaces on one bridge, whose cables can be pulled.

Needs root and iproute2.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from ops.stores.ports_and_secrets import LOOPBACK

SUBNETS = 250
PREFIX_BITS = 24


@dataclass(frozen=True)
class Host:
    """``namespace`` and ``cable`` are empty for this machine itself."""

    address: str = LOOPBACK
    namespace: str = ""
    cable: str = ""

    @property
    def command_prefix(self) -> tuple[str, ...]:
        return ("ip", "netns", "exec", self.namespace) if self.namespace else ()

    def unplug(self) -> None:
        """Drops every packet from and to the host, without a reset or an ICMP message."""
        _ip("link", "set", self.cable, "down")

    def plug(self) -> None:
        _ip("link", "set", self.cable, "up")


def is_possible() -> bool:
    return os.geteuid() == 0 and shutil.which("ip") is not None


@contextmanager
def network(count: int) -> Iterator[list[Host]]:
    """Up to 200 hosts that reach each other and this machine, and nothing else."""
    number = os.getpid() % SUBNETS
    bridge, subnet = f"layar{number}", f"10.203.{number}"
    with ExitStack() as stack:
        _ip("link", "add", bridge, "type", "bridge")
        stack.callback(_ip, "link", "delete", bridge)
        _ip("address", "add", f"{subnet}.1/{PREFIX_BITS}", "dev", bridge)
        _ip("link", "set", bridge, "up")
        hosts = [
            Host(f"{subnet}.{at + 2}", f"{bridge}-{at}", f"{bridge}c{at}") for at in range(count)
        ]
        for host in hosts:
            _ip("netns", "add", host.namespace)
            stack.callback(_ip, "netns", "delete", host.namespace)
            _connect(host, bridge)
        yield hosts


def _connect(host: Host, bridge: str) -> None:
    inside = f"{host.cable}n"
    _ip("link", "add", host.cable, "type", "veth", "peer", "name", inside)
    _ip("link", "set", inside, "netns", host.namespace)
    _ip("link", "set", host.cable, "master", bridge, "up")
    within = ("-netns", host.namespace)
    _ip(*within, "address", "add", f"{host.address}/{PREFIX_BITS}", "dev", inside)
    for device in (inside, "lo"):
        _ip(*within, "link", "set", device, "up")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
