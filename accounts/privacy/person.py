"""The person behind an email address: an account, a guest, or both."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.models import EmailAddress

from accounts.models import User


@dataclass(frozen=True)
class Person:
    """``emails``: lower case, and only addresses proven to be theirs.

    ``is_verified_by_operator``: an operator has verified the person's identity, so guest bookings
    with the address count as theirs. Otherwise anybody may have entered the address.
    """

    user: User | None
    emails: frozenset[str]
    is_verified_by_operator: bool = False

    @classmethod
    def of(cls, user: User) -> Person:
        """For a signed-in user: only confirmed addresses count."""
        confirmed = EmailAddress.objects.filter(user=user, verified=True)
        return cls(
            user, frozenset(email.lower() for email in confirmed.values_list("email", flat=True))
        )

    @classmethod
    def with_email(cls, email: str) -> Person:
        """For operators, who have verified the person."""
        email = email.strip().lower()
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            return cls(None, frozenset({email}), is_verified_by_operator=True)
        return cls(user, cls.of(user).emails | {email}, is_verified_by_operator=True)
