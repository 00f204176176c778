"""Sessions that are over leave the database, with what they contain."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts import session_store
from accounts.models import UserSession
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_expired_sessions_are_deleted_the_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_store, "EXPIRED_BY_RUN_MAX", 2)
    now, keys = timezone.now(), []
    for days in (-3, -2, -1, 1):
        client = Client()
        client.force_login(make_user())
        keys.append(client.session.session_key)
        expire_date = now + timedelta(days=days)
        Session.objects.filter(pk=keys[-1]).update(expire_date=expire_date)

    deleted = [session_store.delete_expired(now) for _run in range(3)]

    assert deleted == [2, 1, 0]
    assert list(Session.objects.values_list("pk", flat=True)) == keys[3:]
    assert list(UserSession.objects.values_list("session_id", flat=True)) == keys[3:]
