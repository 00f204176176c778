"""Where a request came from, as far as it can be trusted."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 (a name for "not told", nothing is bound to it)
# A household or a phone owns a whole IPv6 network; a limit by single address would be no limit.
IPV6_CLIENT_PREFIX_BITS = 64


def client_address(request: HttpRequest) -> str:
    """The client's IP address.

    ``X-Forwarded-For`` is believed only as far as our own proxies wrote it: each appends the
    address that it saw, so with N trusted proxies the client is the Nth entry from the right,
    and whatever a client put to the left of that is ignored.
    """
    peer = _as_address(request.META.get("REMOTE_ADDR", ""))
    proxies = settings.TRUSTED_PROXY_COUNT
    if proxies > 0:
        hops = request.headers.get("X-Forwarded-For", "").split(",")
        if len(hops) >= proxies and (forwarded := _as_address(hops[-proxies].strip())):
            return forwarded
    return peer or UNKNOWN_ADDRESS


def client_network(request: HttpRequest) -> str:
    """What a rate limit counts: the IPv4 address, or the IPv6 network that one client owns."""
    address = ip_address(client_address(request))
    if isinstance(address, IPv6Address):
        return str(ip_network((address, IPV6_CLIENT_PREFIX_BITS), strict=False))
    return str(address)


def _as_address(text: str) -> str:
    """The normal form, an IPv4 address mapped into IPv6 unwrapped; empty if it is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
