"""How and when somebody proved who they are, written into their session and read from there alone.

``note`` is called by the receivers whenever a password, a code or a passkey was right. The second
factor counts for the person that gave it and for as long as they have one.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator

# How old the last password, code or passkey may be where money moves.
RECENT = timedelta(minutes=10)
AT_KEY = "authenticated_at"
SECOND_FACTOR_KEY = "second_factor_of"
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)

Session = MutableMapping[str, Any]


def note(session: Session, user: Any, at: datetime, *, with_second_factor: bool = False) -> None:
    session[AT_KEY] = at.timestamp()
    if with_second_factor:
        session[SECOND_FACTOR_KEY] = str(user.pk)


def is_recent(session: Session, at: datetime) -> bool:
    noted = session.get(AT_KEY)
    return noted is not None and at.timestamp() - noted < RECENT.total_seconds()


def has_second_factor(user: Any) -> bool:
    return bool(Authenticator.objects.filter(user=user.pk, type__in=SECOND_FACTORS).exists())


def gave_second_factor(session: Session, user: Any) -> bool:
    """Asks the database, too: a session outlives the factor that somebody took away."""
    return session.get(SECOND_FACTOR_KEY) == str(user.pk) and has_second_factor(user)
