"""Who is meant by an email address: somebody with an account, a guest, or both."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.models import EmailAddress

from accounts.models import User


@dataclass(frozen=True)
class Person:
    """``emails``: in small letters, and only those that are proven to be theirs."""

    user: User | None
    emails: frozenset[str]

    @classmethod
    def of(cls, user: User) -> Person:
        """What somebody may ask for who is signed in: an address counts once it is confirmed."""
        confirmed = EmailAddress.objects.filter(user=user, verified=True)
        return cls(
            user, frozenset(email.lower() for email in confirmed.values_list("email", flat=True))
        )

    @classmethod
    def with_email(cls, email: str) -> Person:
        """For operators, who know whom they deal with."""
        email = email.strip().lower()
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            return cls(None, frozenset({email}))
        return cls(user, cls.of(user).emails | {email})
