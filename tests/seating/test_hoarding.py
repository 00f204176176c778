"""Quotas against hoarding, by visitor and network, on the site and the API."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from multiprocessing import get_context
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.api.tokens import issue_token
from core import ratelimit
from core.ratelimit import RateLimit, hit_all
from reports.models import Incident
from reports.monitoring import runner
from seating.errors import TooManyHeld
from seating.holds import quotas
from seating.holds.abuse import Holder
from seating.holds.limits import SEATS_BY_NETWORK, SEATS_BY_VISITOR, UNPAID_BY_VISITOR
from seating.holds.transitions import sweep_expired_holds
from seating.holds.types import HeldSeats
from seating.models import Hold, SeatStatus
from tests.api.test_seats import APP, OTHER_APP, hold, post
from tests.factories import make_hold, make_showtime, make_user
from tests.limits import TEST_CLIENT_ADDRESS
from tests.seating.test_holds import seat_ids

pytestmark = pytest.mark.django_db

LAPSED = timedelta(seconds=301)


@pytest.fixture(autouse=True)
def _limiter_is_asked() -> None:
    ratelimit._outage.until = 0.0


def few(monkeypatch: pytest.MonkeyPatch, name: str, amount: int) -> None:
    whole: RateLimit = getattr(quotas, name)
    monkeypatch.setattr(quotas, name, RateLimit(f"{whole.name}_few", amount, whole.per_seconds))


def ask(holder: Holder, seats: int = 1, showtime_id: int = 0) -> None:
    """Hold ``seats`` free seats within the quotas, without a database. Raises TooManyHeld."""
    now = timezone.now()
    held = HeldSeats(uuid4(), showtime_id, (), now, now, is_sealed=False, taken=seats)
    quotas.hold_within_quota(holder, showtime_id, range(1, seats + 1), lambda: held, counted=[])


def refusal_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def test_visitor_is_refused_more_seats_than_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, "SEATS_BY_VISITOR", 3)
    first, second = make_showtime(), make_showtime()

    answers = [hold(each, seat_ids(each)[:2], APP) for each in (first, second)]

    assert [refusal_of(answer) for answer in answers] == [(201, ""), (429, "too_many_held")]
    assert int(answers[1].headers["Retry-After"]) > 0
    assert second.seats.exclude(status=SeatStatus.AVAILABLE).count() == 0


def test_network_quota_applies_to_every_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, "SEATS_BY_NETWORK", 2)
    showtime = make_showtime()
    one, two, three = seat_ids(showtime)[:3]
    path = f"showtimes/{showtime.pk}/holds"

    answers = [
        post(path, {"seats": [one]}, APP),
        post(path, {"seats": [two]}),  # no person: the bearer of the hold's id
        post(path, {"seats": [three]}, OTHER_APP),
    ]
    elsewhere = Client(REMOTE_ADDR="198.51.100.7").post(
        f"/api/v1/{path}", {"seats": [three]}, content_type="application/json"
    )

    assert [refusal_of(answer) for answer in answers] == [
        (201, ""),
        (201, ""),
        (429, "too_many_held"),
    ]
    assert refusal_of(elsewhere) == (201, "")


def test_lost_tap_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, "SEATS_BY_VISITOR", 1)
    showtime = make_showtime()
    taken, free = seat_ids(showtime)[:2]
    make_hold(showtime, list(showtime.seats.filter(seat_id=taken)))

    assert refusal_of(hold(showtime, [taken], APP)) == (409, "seat_taken")
    assert refusal_of(hold(showtime, [free], APP)) == (201, "")


def test_seat_added_by_a_change_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, "SEATS_BY_VISITOR", 2)
    showtime = make_showtime()
    seats = seat_ids(showtime)[:3]
    held = hold(showtime, seats[:1], APP).json()

    answer = Client(headers=APP).patch(
        f"/api/v1/holds/{held['id']}", {"seats": seats}, content_type="application/json"
    )

    assert refusal_of(answer) == (429, "too_many_held")


@pytest.mark.django_db(transaction=True)
def test_seat_opened_on_the_map_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, "SEATS_BY_VISITOR", 1)
    showtime = make_showtime()
    one, two = seat_ids(showtime)[:2]
    browser, path = Client(headers={"Accept": "application/json"}), f"/showtimes/{showtime.pk}/hold"
    browser.get(f"/showtimes/{showtime.pk}/")

    def tap(seat: int, verb: str = "") -> int:
        body = {"seats": [seat]}
        return browser.post(f"{path}/{verb}", body, content_type="application/json").status_code

    assert [tap(one), tap(two), tap(one, "release/"), tap(two)] == [201, 429, 200, 201]


def test_visitor_who_lets_holds_lapse_has_to_wait(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    few(monkeypatch, "UNPAID_BY_VISITOR", 2 * 300)
    visitor = f"user:{make_user().pk}"
    for _lapse in range(3):
        make_hold(make_showtime(), 1, visitor=visitor, at=timezone.now() - LAPSED)
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep_expired_holds() == 3

    with pytest.raises(TooManyHeld):
        ask(Holder(TEST_CLIENT_ADDRESS, visitor))
    ask(Holder(TEST_CLIENT_ADDRESS, "app:other"))


def test_network_whose_visitors_hoard_becomes_an_incident_without_its_addresses(
    settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.HOARDING_LAPSES, settings.HOARDING_VISITORS = 4, 3
    showtime = make_showtime(seats_per_row=10)
    for number in range(4):
        ask(Holder("203.0.113.77", visitor := f"app:{number % 3}"))
        make_hold(make_showtime(), 2, visitor=visitor, at=timezone.now() - LAPSED)
    ask(Holder("198.51.100.7", "app:honest"))
    make_hold(showtime, 2, visitor="app:honest", at=timezone.now() - LAPSED)
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep_expired_holds() == 5
    at = timezone.now()

    assert [
        runner.check_hoarding(at),
        runner.check_hoarding(at),
        runner.check_hoarding(at + timedelta(hours=2)),
    ] == [
        1,
        1,
        0,
    ]
    incident = Incident.objects.get()
    assert (incident.kind, incident.facts) == (
        "seats_hoarded",
        {"network": "203.0.113.0/24", "lapses": 4, "visitors": 3, "hour": f"{at:%Y-%m-%dT%H}"},
    )
    assert "203.0.113.77" not in f"{incident.summary} {incident.fingerprint}"


def keep_unpaid(visitor: str, seats: list[int], at: datetime) -> None:
    """Hold seats of one showtime for nearly five minutes, from one network. Raises TooManyHeld."""
    held = HeldSeats(uuid4(), 1, (), at, at, is_sealed=False, taken=len(seats))
    quotas.hold_within_quota(Holder("203.0.113.77", visitor), 1, seats, lambda: held, counted=[])
    quotas.record_let_go(
        visitor=visitor, showtime_id=1, seat_ids=seats, kept_seconds=299, at=at, is_unpaid=True
    )


def test_network_that_keeps_a_hall_unpaid_becomes_an_incident_before_it_has_to_wait(
    django_capture_on_commit_callbacks: Any,
) -> None:
    """New visitors take eight seats each until they are refused."""
    at = timezone.now()
    with suppress(TooManyHeld):
        for first in range(1, 4_000, 8):
            with django_capture_on_commit_callbacks(execute=True):
                keep_unpaid(f"app:{first}", list(range(first, first + 8)), at)

    assert runner.check_hoarding(at) == 1
    assert Incident.objects.get().facts["network"] == "203.0.113.0/24"


def test_school_class_behind_one_address_is_let_in() -> None:
    """Forty pupils, eight seats each, within a minute."""
    assert SEATS_BY_NETWORK.amount >= 40 * 8
    assert SEATS_BY_VISITOR.amount >= 8
    assert UNPAID_BY_VISITOR.amount >= 10 * 2 * 300
    assert Hold.objects.count() == 0


def _seats_taken(number: int) -> int:
    """Number of seats that one visitor gets of the network's quota, in a separate process."""
    taken = 0
    for turn in range(25):
        cap, wanted = RateLimit("seats_race", 100, 3_600), 1 + (number + turn) % 4
        if hit_all([(cap, "one network", wanted)])[-1].allowed:
            taken += wanted
    return taken


def test_cap_is_not_exceeded_by_many_processes_at_once() -> None:
    """They request 250 seats of a quota of 100; the last one or two may not be divisible."""
    with ProcessPoolExecutor(4, mp_context=get_context("fork")) as pool:
        taken = sum(pool.map(_seats_taken, range(4)))

    assert 96 <= taken <= 100


def test_browsers_of_one_account_are_one_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, "SEATS_BY_VISITOR", 2)
    person, other = make_user(), make_user()
    showtime = make_showtime()
    one, two, three = seat_ids(showtime)[:3]

    def tap(user: Any, seat: int) -> Any:
        browser = Client(headers={"Accept": "application/json"})
        browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
        path, body = f"/showtimes/{showtime.pk}/hold/", {"seats": [seat]}
        return refusal_of(browser.post(path, body, content_type="application/json"))

    answers = [tap(person, one), tap(person, two), tap(person, three)]

    assert answers == [(201, ""), (201, ""), (429, "too_many_held")]
    app = {"Authorization": f"Token {issue_token(person, is_strong=False, at=timezone.now())[0]}"}
    assert refusal_of(hold(showtime, [three], app)) == (429, "too_many_held")
    assert tap(other, three) == (201, "")


@pytest.mark.django_db(transaction=True)
def test_seats_that_an_account_opens_are_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, "SEATS_BY_VISITOR", 1)
    showtime = make_showtime()
    one, two = seat_ids(showtime)[:2]
    person = make_user()
    first, second = (Client(headers={"Accept": "application/json"}) for _browser in range(2))
    for browser in (first, second):
        browser.force_login(person, "django.contrib.auth.backends.ModelBackend")

    def tap(browser: Client, seat: int, verb: str = "") -> int:
        path, body = f"/showtimes/{showtime.pk}/hold/{verb}", {"seats": [seat]}
        return browser.post(path, body, content_type="application/json").status_code

    answers = [tap(first, one), tap(second, two), tap(first, one, "release/"), tap(second, two)]

    assert answers == [201, 429, 200, 201]


def test_lapses_of_every_browser_count_for_the_account(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    few(monkeypatch, "UNPAID_BY_VISITOR", 300)
    ask(Holder(TEST_CLIENT_ADDRESS, "web:one", "user:7"))
    for _lapse in range(2):
        make_hold(make_showtime(), 1, visitor="web:one", at=timezone.now() - LAPSED)
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep_expired_holds() == 2

    with pytest.raises(TooManyHeld):
        ask(Holder(TEST_CLIENT_ADDRESS, "web:two", "user:7"))
