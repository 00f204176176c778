"""Which payment providers there are, by name."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from bookings.errors import ProviderUnknown
from bookings.payments.base import Provider
from movies.models import Cinema


def provider(name: str) -> Provider:
    """The provider called ``name``; raises ProviderUnknown.

    A provider that is not offered any more still answers for the payments it once took.
    """
    path = settings.PAYMENT_PROVIDERS.get(name)
    if path is None:
        raise ProviderUnknown
    return _instance(path)


def offered(cinema: Cinema | None = None) -> list[str]:
    """What a customer may choose now (in ``cinema``, which may want only some of them)."""
    wanted = cinema.payment_providers if cinema else []
    return [
        name
        for name in settings.PAYMENT_PROVIDERS
        if provider(name).is_ready and (not wanted or name in wanted)
    ]


@cache
def _instance(path: str) -> Provider:
    """One instance a process: a provider keeps its HTTP connections open between calls."""
    made: Provider = import_string(path)()
    return made
