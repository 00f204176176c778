"""Sessions of apps: Django's sessions, with their key as a bearer token instead of a cookie.

A session begins at the first step of signing up, signing in or resetting a password, and lasts
``PENDING`` until somebody is signed in, then as long as a browser's. What it records (second
factor, last authentication, working day of staff) is what ``accounts.auth.session`` reads for
browsers, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session as SessionRow
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.auth.allauth_flows import (
    get_session_user,
)
from accounts.auth.session import AT_KEY
from accounts.models import User, UserSession
from accounts.session_store import APP_KEY, AppSessionStore

PENDING = timedelta(hours=1)
SESSIONS_MAX = 100  # that are listed, newest first
SESSIONS_READ_MAX = 1_000  # the valid ones are found among these
APP_SESSIONS_MAX = 20  # of a user; a further sign-in ends the oldest
DEVICE_MAX = 80
DEVICE_KEY, WELCOMED_KEY = "device", "welcomed"
TOKEN = re.compile(r"[a-z0-9]{32}")
ID_SALT = "accounts.auth.app_session"
ID_LENGTH = 32


@dataclass(frozen=True)
class Device:
    """A session of a user, without its key. ``id`` names it in the API."""

    id: str
    kind: str  # app or browser
    device: str
    authenticated_at: datetime | None
    expires_at: datetime
    is_current: bool


def begin(device: str = "") -> AppSessionStore:
    """A new session that is not stored yet."""
    session = AppSessionStore()
    session[APP_KEY], session[DEVICE_KEY] = True, device
    session.set_expiry(int(PENDING.total_seconds()))
    return session


def find(token: str) -> AppSessionStore | None:
    """The app session with this token; None if it ended or is a browser's."""
    if not TOKEN.fullmatch(token):
        return None
    session = AppSessionStore(token)
    return session if is_app(session) and session.session_key else None


def is_app(session: Any) -> bool:
    """Whether this is an app's session; False for tokens of the old kind."""
    return isinstance(session, SessionBase) and bool(session.get(APP_KEY))


def user_of(session: AppSessionStore) -> User | None:
    """The active user who is signed in and has not changed the password since."""
    user: User | None = get_session_user(session)
    return user


def extend(session: AppSessionStore) -> None:
    """Store the session; from now on it lasts as long as a browser's if somebody is signed in."""
    if SESSION_KEY in session:
        session.set_expiry(None)
    session.modified = True
    session.save()


def expires_at(session: AppSessionStore) -> datetime | None:
    """Until when the stored session lasts; None if it ended."""
    rows = SessionRow.objects.filter(pk=session.session_key)
    return rows.values_list("expire_date", flat=True).first()


def devices(user: User, current: Any, at: datetime) -> list[Device]:
    """Where the user is signed in, newest first; ``current``: the session that asks."""
    return [device for _key, device in islice(_devices(user, current, at), SESSIONS_MAX)]


def end_device(user: User, device_id: str, current: Any, at: datetime) -> bool:
    """Sign the user out there; False if there is no such session of theirs."""
    for key, device in _devices(user, current, at):
        if device.id == device_id:
            AppSessionStore(key).delete()
            return True
    return False


def end_oldest(user: User, current: Any, at: datetime) -> None:
    """End the user's app sessions beyond ``APP_SESSIONS_MAX``; ``current`` is kept."""
    others = [
        key
        for key, device in _devices(user, current, at)
        if device.kind == "app" and not device.is_current
    ]
    for key in others[APP_SESSIONS_MAX - 1 :]:
        AppSessionStore(key).delete()


def public_id(key: str) -> str:
    return salted_hmac(ID_SALT, key, algorithm="sha256").hexdigest()[:ID_LENGTH]


def _devices(user: User, current: Any, at: datetime) -> Iterator[tuple[str, Device]]:
    of_user = UserSession.objects.filter(user=user).values("session_id")
    rows = SessionRow.objects.filter(pk__in=of_user, expire_date__gt=at)
    for row in rows.order_by("-expire_date")[:SESSIONS_READ_MAX]:
        stored = row.get_decoded()
        if not _is_valid(stored, user):
            continue
        authenticated = stored.get(AT_KEY)
        yield (
            row.session_key,
            Device(
                id=public_id(row.session_key),
                kind="app" if stored.get(APP_KEY) else "browser",
                device=stored.get(DEVICE_KEY, ""),
                authenticated_at=(
                    datetime.fromtimestamp(authenticated, tz=at.tzinfo) if authenticated else None
                ),
                expires_at=row.expire_date,
                is_current=current is not None and row.session_key == current.session_key,
            ),
        )


def _is_valid(stored: dict[str, Any], user: User) -> bool:
    """Whether it is the user's and began after the last change of the password."""
    return stored.get(SESSION_KEY) == str(user.pk) and constant_time_compare(
        stored.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()
    )
