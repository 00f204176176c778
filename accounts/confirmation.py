"""Whose address is still to be confirmed."""

from __future__ import annotations

from allauth.account.models import EmailAddress

from accounts.models import User


def has_to_confirm(user: User) -> bool:
    """Whether this person signed up and nobody has read a letter at their address yet.

    A sign-up makes its address the primary one. For people whom staff or a command made allauth
    notes an address, too, as soon as somebody asks for a new password, but never as primary:
    somebody knew whose it was.
    """
    addresses = EmailAddress.objects.filter(user=user)
    known = list(addresses.values_list("primary", "verified"))
    return (True, False) in known and not any(verified for _primary, verified in known)
