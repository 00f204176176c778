"""Addresses of a primary that Sentinel looks after.

``redis+sentinel://user:password@sentinel1:26379,sentinel2:26379/0?sentinel_service=layar``: user
and password are those of the servers. Certificate options apply to servers and sentinels alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from redis.connection import parse_url

SENTINEL_PORT = 26379
# Scheme → that of a single server with the same encryption.
SENTINEL_SCHEMES = {"redis+sentinel": "redis", "rediss+sentinel": "rediss"}
SERVICE, USERNAME, PASSWORD = "sentinel_service", "sentinel_username", "sentinel_password"
SENTINEL_OPTIONS = frozenset((SERVICE, USERNAME, PASSWORD))
# Sentinels are near and answer from memory; the next one is asked after this.
SENTINEL_TIMEOUT_SECONDS = 0.25


@dataclass(frozen=True, kw_only=True)
class SentinelAddress:
    sentinels: tuple[tuple[str, int], ...]  # host and port
    service: str
    server_options: dict[str, Any]  # redis-py's options of a connection to a server
    sentinel_options: dict[str, Any]  # … and to a sentinel


def sentinel_address(url: str) -> SentinelAddress | None:
    """None for the URL of a single server. Raises ValueError, without showing the URL."""
    parts = urlsplit(url)
    if parts.scheme not in SENTINEL_SCHEMES:
        return None
    query = dict(parse_qsl(parts.query))
    own = {name: query.pop(name) for name in SENTINEL_OPTIONS & query.keys()}
    if not own.get(SERVICE):
        raise ValueError(f"needs {SERVICE}=NAME, the name that the sentinels know the primary by")
    login, _, hosts = parts.netloc.rpartition("@")
    scheme = SENTINEL_SCHEMES[parts.scheme]
    one_server = f"{scheme}://{login}@primary{parts.path}?{urlencode(query)}"
    server_options: dict[str, Any] = parse_url(one_server)  # type: ignore[no-untyped-call]
    del server_options["host"]
    server_options.pop("connection_class", None)
    encryption = {name: value for name, value in server_options.items() if name.startswith("ssl_")}
    if scheme == "rediss":
        server_options["ssl"] = encryption["ssl"] = True
    login_options = {"username": own.get(USERNAME), "password": own.get(PASSWORD)}
    return SentinelAddress(
        sentinels=tuple(_host_and_port(host) for host in hosts.split(",")),
        service=own[SERVICE],
        server_options={"db": 0} | server_options,
        sentinel_options={
            **{name: value for name, value in login_options.items() if value},
            **encryption,
            "socket_timeout": SENTINEL_TIMEOUT_SECONDS,
            "socket_connect_timeout": SENTINEL_TIMEOUT_SECONDS,
        },
    )


def _host_and_port(text: str) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    try:
        port = parts.port or SENTINEL_PORT
    except ValueError:
        raise ValueError("has a sentinel whose port is not a number") from None
    if not parts.hostname:
        raise ValueError("names no sentinel, or an empty one")
    return parts.hostname, port
