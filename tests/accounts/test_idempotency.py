"""A POST that is sent again is answered again, not done again."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import RequestFactory
from django.utils import timezone, translation

from accounts import idempotency
from accounts.idempotency import IdempotencyMiddleware
from accounts.models import IdempotentRequest

PATH = "/api/v1/bookings"


class Counter:
    """A view that tells how often it ran, and answers as it is told to."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.runs = 0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        status = self.statuses[min(self.runs, len(self.statuses) - 1)]
        self.runs += 1
        return JsonResponse({"run": self.runs, "token": "secret"}, status=status)


def post(
    view: Callable[[HttpRequest], HttpResponse],
    key: str | None = "key-1",
    body: Any = None,
    path: str = PATH,
    **headers: str,
) -> HttpResponse:
    if key is not None:
        headers["Idempotency-Key"] = key
    request = RequestFactory().post(
        path, json.dumps(body or {"seats": [1]}), "application/json", headers=headers
    )
    with translation.override("en"):
        answer = IdempotencyMiddleware(view)(request)
    assert isinstance(answer, HttpResponse)
    return answer


def told(answer: HttpResponse) -> tuple[int, Any]:
    """Status, and the run that it came from or the code of the refusal."""
    document = json.loads(answer.content)
    return answer.status_code, document.get("run") or document["code"]


@pytest.mark.django_db
@pytest.mark.parametrize("status", [200, 201, 401, 404, 409, 422])
def test_same_key_and_request_is_answered_again(status: int) -> None:
    view = Counter(status)

    first, second = post(view), post(view)

    assert view.runs == 1
    assert told(first) == told(second) == (status, 1)
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Content-Type"] == first.headers["Content-Type"]


@pytest.mark.django_db
@pytest.mark.parametrize("status", [429, 500, 503])
def test_refusal_that_time_heals_is_not_repeated(status: int) -> None:
    view = Counter(status, 201)

    assert [told(post(view)) for _again in range(3)] == [(status, 1), (201, 2), (201, 2)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changed",
    [{"body": {"seats": [2]}}, {"path": "/api/v1/showtimes/1/holds"}, {"path": f"{PATH}?a=1"}],
)
def test_key_of_another_request_is_refused(changed: dict[str, Any]) -> None:
    view = Counter(201)
    post(view)

    assert told(post(view, **changed)) == (422, "idempotency_key_reused")
    assert view.runs == 1


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Authorization", "X-Visitor", "X-Booking-Token"])
def test_key_belongs_to_its_client(name: str) -> None:
    view = Counter(201)

    answers = [
        told(post(view, **{name: "one"})),
        told(post(view, **{name: "two"})),
        told(post(view)),
        told(post(view, **{name: "one"})),
    ]

    assert answers == [(201, 1), (201, 2), (201, 3), (201, 1)]


@pytest.mark.django_db
def test_slash_at_the_end_is_the_same_request() -> None:
    view = Counter(201)

    assert [told(post(view)), told(post(view, path=f"{PATH}/"))] == [(201, 1), (201, 1)]


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "k" * 129, "tab\tkey"])
def test_key_without_sense_is_refused(key: str) -> None:
    view = Counter(201)

    assert told(post(view, key)) == (422, "idempotency_key_invalid")
    assert view.runs == 0


@pytest.mark.django_db
def test_body_that_is_too_large_is_refused(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    view = Counter(201)

    assert told(post(view, body={"seats": [1, 2, 3, 4, 5]})) == (413, "too_large")
    assert view.runs == 0


@pytest.mark.django_db
def test_request_without_key_or_outside_the_api_is_let_through() -> None:
    view = Counter(201)

    runs = [told(post(view, None)), told(post(view, None)), told(post(view, path="/elsewhere/"))]

    assert runs == [(201, 1), (201, 2), (201, 3)]
    assert IdempotentRequest.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_second_request_while_the_first_runs_is_refused() -> None:
    begun, may_end = threading.Event(), threading.Event()

    def slow(request: HttpRequest) -> HttpResponse:
        begun.set()
        assert may_end.wait(5)
        return JsonResponse({"run": 1}, status=201)

    def first() -> HttpResponse:
        try:
            return post(slow)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(first)
        assert begun.wait(5)
        meanwhile = post(slow)
        may_end.set()
        done = running.result(5)

    assert told(meanwhile) == (409, "idempotency_in_progress")
    assert (told(done), told(post(slow))) == ((201, 1), (201, 1))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(seconds=59), (409, "idempotency_in_progress")),
        (timedelta(seconds=60), (201, 1)),
    ],
)
def test_request_that_died_is_run_again_after_a_minute(
    age: timedelta, expected: tuple[int, Any]
) -> None:
    view = Counter(201)
    request = RequestFactory().post(PATH, '{"seats": [1]}', "application/json")
    claim = idempotency.claim_key(
        idempotency.actor(request),
        "key-1",
        idempotency.fingerprint(request),
        at=timezone.now() - age,
    )
    assert claim is not None

    assert told(post(view)) == expected
    # The one that was given up cannot write over, or throw away, the answer of the other.
    claim.store(HttpResponse("old"))
    claim.release()
    assert IdempotentRequest.objects.count() == 1 or expected[0] == 409


@pytest.mark.django_db
def test_answer_is_forgotten_after_a_day() -> None:
    view = Counter(201)
    post(view)
    IdempotentRequest.objects.update(created_at=timezone.now() - idempotency.RETENTION)

    assert told(post(view, body={"seats": [2]})) == (201, 2)


@pytest.mark.django_db
def test_delete_expired_removes_only_old_rows_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "EXPIRY_BATCH", 2)
    view = Counter(201)
    for number in range(5):
        post(view, f"key-{number}")
    at = timezone.now()
    IdempotentRequest.objects.exclude(key="key-4").update(created_at=at - idempotency.RETENTION)

    assert idempotency.delete_expired(at=at) == 4
    assert list(IdempotentRequest.objects.values_list("key", flat=True)) == ["key-4"]


@pytest.mark.django_db
def test_answer_is_sealed_in_the_database() -> None:
    post(Counter(201), Authorization="Token abc")

    row = IdempotentRequest.objects.get()
    assert b"secret" not in bytes(row.response_body or b"")
    assert "abc" not in row.actor


@pytest.mark.django_db
def test_answer_sealed_with_an_old_secret_is_still_told(settings: Any) -> None:
    view = Counter(201)
    post(view)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new secret"

    assert told(post(view)) == (201, 1)
