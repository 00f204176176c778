"""Transferring holds of an anonymous visitor to their account on sign-in."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.db import IntegrityError, transaction

from seating.holds import abuse
from seating.models import Hold


def transfer_hold(*, hold_id: UUID, former: str, visitor: str) -> str:
    """Transfer an open hold to ``visitor``, who is authenticated as ``former`` too; returns its
    owner.

    It stays with ``former`` if ``visitor`` has another open hold of the showtime.
    """
    theirs = Hold.objects.of(former).open().filter(pk=hold_id)
    try:
        with transaction.atomic():
            if not theirs.update(visitor=visitor):
                return former
    except IntegrityError:  # hold_one_open_per_visitor
        return former
    abuse.remember(replace(abuse.holder_of(former), visitor=visitor))
    return visitor


def transfer_holds(*, former: str, visitor: str) -> None:
    """Transfer every open hold of ``former`` to ``visitor``, so that seats survive the sign-in."""
    for hold_id in Hold.objects.of(former).open().values_list("pk", flat=True):
        transfer_hold(hold_id=hold_id, former=former, visitor=visitor)
