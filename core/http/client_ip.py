"""Client address of a request, read from trusted proxies only."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 (a placeholder, nothing is bound to it)
# A household or phone is assigned a whole IPv6 network, so a limit per address would be
# ineffective.
IPV6_CLIENT_PREFIX_BITS = 64


def client_address(request: HttpRequest) -> str:
    """The client's IP address.

    Only the part of ``X-Forwarded-For`` that our own proxies wrote is trusted: each appends the
    address it saw, so with N trusted proxies the client is the Nth entry from the right, and
    anything to the left of that, which a client can forge, is ignored.
    """
    peer = _as_address(request.META.get("REMOTE_ADDR", ""))
    proxies = settings.TRUSTED_PROXY_COUNT
    if proxies > 0:
        hops = request.headers.get("X-Forwarded-For", "").split(",")
        if len(hops) >= proxies and (forwarded := _as_address(hops[-proxies].strip())):
            return forwarded
    return peer or UNKNOWN_ADDRESS


def client_network(request: HttpRequest) -> str:
    """The key of a rate limit: the IPv4 address, or the IPv6 network of one client."""
    address = ip_address(client_address(request))
    if isinstance(address, IPv6Address):
        return str(ip_network((address, IPV6_CLIENT_PREFIX_BITS), strict=False))
    return str(address)


def _as_address(text: str) -> str:
    """The normal form, with IPv4-mapped IPv6 unwrapped; empty if it is not an address.

    Some proxies append the port.
    """
    if text.startswith("["):  # [2001:db8::1]:443
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # 203.0.113.7:443
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
