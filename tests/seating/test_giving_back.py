"""Seats that are opened again count against nobody's cap; nor do another's deeds."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.ratelimit import RateLimit
from seating.holds import abuse, quotas
from seating.holds.limits import SEATS_BY_VISITOR
from tests.api.test_seats import APP, hold
from tests.factories import make_showtime, make_user
from tests.limits import TEST_CLIENT_ADDRESS
from tests.seating.test_hoarding import few
from tests.seating.test_holds import seat_ids

pytestmark = pytest.mark.django_db


def left(cap: RateLimit, actor: str) -> int:
    """How many more this actor may take."""
    return cap.hit(actor).remaining + 1


def test_app_gets_back_what_it_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, "SEATS_BY_VISITOR", 4)
    showtime = make_showtime()
    one, two, three, four = seat_ids(showtime)[:4]
    api = Client(headers=APP)

    answers = []
    for _turn in range(3):
        held = hold(showtime, [one, two, three, four], APP)
        path = f"/api/v1/holds/{held.json()['id']}"
        fewer = api.patch(path, {"seats": [one]}, content_type="application/json")
        answers.append((held.status_code, fewer.status_code, api.delete(path).status_code))

    assert answers == [(201, 200, 204)] * 3


def test_account_is_given_back_only_what_it_was_counted_for() -> None:
    """Taken as a guest and opened when signed in: the account never had these seats."""
    showtime, person = make_showtime(), make_user()
    account = f"user:{person.pk}"
    browser = Client(headers={"Accept": "application/json"})
    path, body = f"/showtimes/{showtime.pk}/hold/", {"seats": seat_ids(showtime)[:2]}
    for _seat in range(3):
        SEATS_BY_VISITOR.hit(account)

    taken = browser.post(path, body, content_type="application/json")
    browser.force_login(person, "django.contrib.auth.backends.ModelBackend")
    opened = browser.post(f"{path}release/", body, content_type="application/json")

    assert (taken.status_code, opened.status_code) == (201, 200)
    assert left(SEATS_BY_VISITOR, account) == SEATS_BY_VISITOR.amount - 3


def test_guest_who_comes_after_an_account_is_not_that_account(
    django_capture_on_commit_callbacks: Any,
) -> None:
    def tap(account: str | None) -> None:
        with quotas.enforce_hold_quota(
            network=TEST_CLIENT_ADDRESS, visitor="web:one", account=account, seats=1, counted=[]
        ):
            pass

    tap("user:7")
    assert abuse.account_of("web:one") == "user:7"
    tap(None)
    assert abuse.account_of("web:one") == ""
    with django_capture_on_commit_callbacks(execute=True):
        abuse.note_lapse("web:one", timezone.now())
    lapses: RateLimit = vars(abuse)["LAPSES_BY_VISITOR"]
    assert left(lapses, "user:7") == lapses.amount
