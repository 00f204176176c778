"""Session engine: Django's cached_db, with an index of the sessions of each user.

A session's content can only be read one by one; the index finds a user's sessions without that.
For a browser an app's session does not exist: the token of an app is no cookie.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import cached_db
from django.contrib.sessions.models import Session

from accounts.models import UserSession

EXPIRED_BY_RUN_MAX = 20_000
APP_KEY = "is_app"


class AppSessionStore(cached_db.SessionStore):
    """Sessions of apps; ``accounts.auth.app_session`` begins and finds them."""

    key_salt = "django.contrib.sessions.SessionStore"  # one for both, for ``Session.get_decoded``
    _indexed_key: str | None = None

    def save(self, must_create: bool = False) -> None:
        super().save(must_create)
        user_id, key = self.get(SESSION_KEY), self.session_key
        if user_id is None or key is None or self._indexed_key == key:
            return
        UserSession.objects.bulk_create(
            [UserSession(session_id=key, user_id=user_id)], ignore_conflicts=True
        )
        self._indexed_key = key


class SessionStore(AppSessionStore):
    """Sessions of browsers, which ``SESSION_ENGINE`` gives to middleware and WebSockets."""

    def load(self) -> dict[str, Any]:
        return self._of_browser(super().load())

    async def aload(self) -> dict[str, Any]:
        return self._of_browser(await super().aload())

    def _of_browser(self, stored: dict[str, Any]) -> dict[str, Any]:
        if APP_KEY not in stored:
            return stored
        self._session_key = None  # as after an unknown key: what is written gets another one
        return {}


def end_sessions(user_id: int) -> int:
    """Sign the user out everywhere; how many sessions."""
    keys = list(UserSession.objects.filter(user=user_id).values_list("session_id", flat=True))
    for key in keys:
        SessionStore(key).delete()
    return len(keys)


def delete_expired(at: datetime) -> int:
    """Delete up to EXPIRED_BY_RUN_MAX sessions that are over; how many."""
    over = Session.objects.filter(expire_date__lt=at).order_by("expire_date")
    keys = list(over.values_list("pk", flat=True)[:EXPIRED_BY_RUN_MAX])
    Session.objects.filter(pk__in=keys).delete()
    return len(keys)
