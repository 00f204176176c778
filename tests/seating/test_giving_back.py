"""Released seats are refunded once to the quotas that were charged."""

from __future__ import annotations

import pytest
from django.test import Client

from core.ratelimit import RateLimit, hit_all
from seating.holds import abuse, transitions
from seating.holds.limits import SEATS_BY_VISITOR
from tests.api.test_seats import APP, hold
from tests.factories import make_showtime, make_user
from tests.limits import TEST_CLIENT_ADDRESS
from tests.seating.test_hoarding import few
from tests.seating.test_holds import pass_time, seat_ids

pytestmark = pytest.mark.django_db


def left(cap: RateLimit, actor: str) -> int:
    """Number of seats that this actor may still take."""
    return cap.hit(actor).remaining + 1


@pytest.mark.django_db(transaction=True)
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


@pytest.mark.django_db(transaction=True)
def test_account_is_given_back_only_what_it_was_counted_for() -> None:
    """Taken as a guest and released when signed in: the account was never charged for these
    seats."""
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


def test_origin_of_a_hold_is_that_of_its_last_request() -> None:
    quotas_of = abuse.Holder(TEST_CLIENT_ADDRESS, "web:one", "user:7")
    abuse.remember(quotas_of)
    assert abuse.holder_of("web:one") == quotas_of

    abuse.remember(abuse.Holder(TEST_CLIENT_ADDRESS, "web:one"))

    assert abuse.holder_of("web:one") == abuse.Holder(TEST_CLIENT_ADDRESS, "web:one")


@pytest.mark.django_db(transaction=True)
def test_hold_that_two_requests_release_is_given_back_once() -> None:
    """The locked transition counts; a count read before the lock was refunded twice."""
    showtime = make_showtime()
    held = transitions.hold_seats(
        showtime_id=showtime.pk, visitor="app:one", seat_ids=seat_ids(showtime)[:4]
    )
    abuse.remember(abuse.Holder(TEST_CLIENT_ADDRESS, "app:one"))
    hit_all([(SEATS_BY_VISITOR, "app:one", 10)])

    transitions.release_hold(hold_id=held.hold_id, visitor="app:one")
    transitions.release_hold(hold_id=held.hold_id, visitor="app:one")

    assert left(SEATS_BY_VISITOR, "app:one") == SEATS_BY_VISITOR.amount - 6


@pytest.mark.django_db(transaction=True)
def test_time_has_given_back_what_a_release_does_not() -> None:
    """Half of the hold's time has already refilled half of its seats."""
    showtime = make_showtime()
    held = transitions.hold_seats(
        showtime_id=showtime.pk, visitor="app:one", seat_ids=seat_ids(showtime)[:4]
    )
    abuse.remember(abuse.Holder(TEST_CLIENT_ADDRESS, "app:one"))
    hit_all([(SEATS_BY_VISITOR, "app:one", 10)])
    pass_time(150)

    transitions.release_hold(hold_id=held.hold_id, visitor="app:one")

    assert left(SEATS_BY_VISITOR, "app:one") == SEATS_BY_VISITOR.amount - 8
