"""Registry of payment providers."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from bookings.errors import ProviderUnknown
from bookings.payments.base import Provider
from movies.models import Cinema


def provider(name: str) -> Provider:
    """The provider called ``name``; raises ProviderUnknown.

    One that is no longer offered still serves its existing payments.
    """
    path = settings.PAYMENT_PROVIDERS.get(name)
    if path is None:
        raise ProviderUnknown
    return _instance(path)


def offered(cinema: Cinema | None = None, total_rupiah: int = 0) -> list[str]:
    """Names of the providers a customer may choose.

    With ``cinema``, only those that it accepts; with ``total_rupiah``, only those whose minimum it
    reaches. A total of 0 is never sent to a provider, so all of them are returned.
    """
    accepted = cinema.payment_providers if cinema else []
    return [
        name
        for name in settings.PAYMENT_PROVIDERS
        if provider(name).is_ready
        and (not accepted or name in accepted)
        and accepts(provider(name), total_rupiah)
    ]


def accepts(provider: Provider, total_rupiah: int) -> bool:
    return total_rupiah == 0 or total_rupiah >= provider.minimum_rupiah


@cache
def _instance(path: str) -> Provider:
    """One instance per process, which keeps its HTTP connections open."""
    instance: Provider = import_string(path)()
    return instance
