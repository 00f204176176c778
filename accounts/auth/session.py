"""Time and kind of the last authentication, stored in the session.

``record`` is called by the receivers after each correct password, code or passkey. A second factor
counts for the user who gave it, while they still have one.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator

# Maximum age of the last password, code or passkey for sensitive changes.
RECENT = timedelta(minutes=10)
AT_KEY = "authenticated_at"
STAFF_UNTIL_KEY = "staff_until"
SECOND_FACTOR_KEY = "second_factor_of"
STAFF_SESSION = timedelta(hours=10)  # one working day, however busy
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)

Session = MutableMapping[str, Any]


def record(session: Session, user: Any, at: datetime, *, with_second_factor: bool = False) -> None:
    session[AT_KEY] = at.timestamp()
    if user.is_staff and STAFF_UNTIL_KEY not in session:
        session[STAFF_UNTIL_KEY] = (at + STAFF_SESSION).timestamp()
    if with_second_factor:
        session[SECOND_FACTOR_KEY] = str(user.pk)


def is_recent(session: Session, at: datetime) -> bool:
    recorded = session.get(AT_KEY)
    return recorded is not None and at.timestamp() - recorded < RECENT.total_seconds()


def is_over(session: Session, at: datetime) -> bool:
    """Whether a staff session has lasted longer than a working day.

    That of a customer who became staff during it counts from its last authentication.
    """
    latest = session.get(AT_KEY, 0) + STAFF_SESSION.total_seconds()
    return bool(at.timestamp() >= session.get(STAFF_UNTIL_KEY, latest))


def has_second_factor(user: Any) -> bool:
    return bool(Authenticator.objects.filter(user=user.pk, type__in=SECOND_FACTORS).exists())


def gave_second_factor(session: Session, user: Any) -> bool:
    """Checks the database too, because a session outlives a removed factor."""
    return session.get(SECOND_FACTOR_KEY) == str(user.pk) and has_second_factor(user)
