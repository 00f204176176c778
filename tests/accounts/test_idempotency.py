"""Idempotency keys: one effect and one stored response for a POST that is repeated."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone, translation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import force_authenticate
from rest_framework.views import APIView

from accounts import idempotency
from accounts.idempotency import idempotent
from accounts.models import IdempotentRequest, User
from core.errors import Refused
from tests.factories import make_user

PATH = "/api/v1/bookings"


class Counter:
    """Counts runs of a view. Each run creates a group and responds with the next of
    ``statuses``."""

    def __init__(self, *statuses: int, is_atomic: bool = True, during: Any = None) -> None:
        self.statuses, self.is_atomic, self.during = list(statuses), is_atomic, during
        self.runs = 0

    def run(self, request: Request) -> Response:
        status = self.statuses[min(self.runs, len(self.statuses) - 1)]
        self.runs += 1
        Group.objects.create(name=f"run {self.runs}")
        if self.during is not None:
            self.during()
        if status >= 400:
            error = Refused()
            error.status = status
            raise error
        document = {"run": self.runs, "token": "secret", "sent": request.data}
        return Response(document, status=status)

    def view(self) -> Callable[..., Any]:
        class View(APIView):
            permission_classes = ()

            @idempotent(is_atomic=self.is_atomic)
            def post(view, request: Request) -> Response:
                return self.run(request)

        return View.as_view()


def post(
    counter: Counter,
    key: str | None = "key-1",
    body: Any = None,
    path: str = PATH,
    *,
    user: User | None = None,
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    headers = dict(headers or {})
    if key is not None:
        headers["Idempotency-Key"] = key
    request = RequestFactory().post(
        path, json.dumps(body or {"seats": [1]}), "application/json", headers=headers
    )
    force_authenticate(request, user=user)
    with translation.override("en"):
        answer: HttpResponse = counter.view()(request).render()
    return answer


def summary(answer: HttpResponse) -> tuple[int, Any]:
    """Status, and the number of the run or the code of the refusal."""
    document = json.loads(answer.content)
    return answer.status_code, document.get("run") or document["code"]


@pytest.mark.django_db
@pytest.mark.parametrize("is_atomic", [True, False])
@pytest.mark.parametrize("status", [200, 201])
def test_same_key_and_request_replays_the_response(status: int, is_atomic: bool) -> None:
    counter = Counter(status, is_atomic=is_atomic)

    first, second = post(counter), post(counter)

    assert counter.runs == 1
    assert summary(first) == summary(second) == (status, 1)
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Cache-Control"] == "private, no-store"
    assert second.headers["Content-Type"] == first.headers["Content-Type"]


@pytest.mark.django_db
@pytest.mark.parametrize("status", [401, 404, 409, 422, 429, 500, 503])
def test_refusal_is_neither_stored_nor_effective(status: int) -> None:
    counter = Counter(status, 201)

    answers = [summary(post(counter)) for _again in range(3)]

    assert answers == [(status, "refused"), (201, 2), (201, 2)]
    assert list(Group.objects.values_list("name", flat=True)) == ["run 2"]


@pytest.mark.django_db
def test_effect_is_undone_where_its_response_cannot_be_stored() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE lock_not_available; END $$;"
            " CREATE TRIGGER refuse BEFORE INSERT ON accounts_idempotentrequest"
            " FOR EACH ROW EXECUTE FUNCTION pg_temp.refuse()"
        )
        counter = Counter(201)
        failed = post(counter)
        effects = Group.objects.count()
        cursor.execute("DROP TRIGGER refuse ON accounts_idempotentrequest")

    assert (failed.status_code, effects) == (503, 0)
    assert [summary(post(counter)), summary(post(counter))] == [(201, 2), (201, 2)]
    assert Group.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changed",
    [{"body": {"seats": [2]}}, {"path": "/api/v1/showtimes/1/holds"}, {"path": f"{PATH}?a=1"}],
)
def test_key_of_another_request_is_refused(changed: dict[str, Any]) -> None:
    counter = Counter(201)
    post(counter)

    assert summary(post(counter, **changed)) == (422, "idempotency_key_reused")
    assert counter.runs == 1


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["X-Visitor", "X-Booking-Token"])
def test_key_belongs_to_its_client(name: str) -> None:
    counter = Counter(201)

    answers = [
        summary(post(counter, headers={name: "one"})),
        summary(post(counter, headers={name: "two"})),
        summary(post(counter)),
        summary(post(counter, headers={name: "one"})),
    ]

    assert answers == [(201, 1), (201, 2), (201, 3), (201, 1)]


@pytest.mark.django_db
def test_key_of_an_account_does_not_depend_on_headers() -> None:
    one, other = make_user(), make_user()
    counter = Counter(201)

    answers = [
        summary(post(counter, user=one, headers={"X-Visitor": "old"})),
        summary(post(counter, user=one, headers={"X-Visitor": "new"})),
        summary(post(counter, user=other, headers={"X-Visitor": "old"})),
    ]

    assert answers == [(201, 1), (201, 1), (201, 2)]


@pytest.mark.django_db
def test_slash_at_the_end_is_the_same_request() -> None:
    counter = Counter(201)

    assert [summary(post(counter)), summary(post(counter, path=f"{PATH}/"))] == [(201, 1)] * 2


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "k" * 129, "tab\tkey"])
def test_invalid_key_is_refused(key: str) -> None:
    counter = Counter(201)

    assert summary(post(counter, key)) == (422, "idempotency_key_invalid")
    assert counter.runs == 0


@pytest.mark.django_db
def test_body_that_is_too_large_is_refused(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    counter = Counter(201)

    assert summary(post(counter, body={"seats": [1, 2, 3, 4, 5]})) == (413, "too_large")
    assert counter.runs == 0


@pytest.mark.django_db
def test_request_without_key_is_not_stored() -> None:
    counter = Counter(201)

    assert [summary(post(counter, None)), summary(post(counter, None))] == [(201, 1), (201, 2)]
    assert IdempotentRequest.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_second_request_while_the_first_runs_is_refused() -> None:
    begun, may_end = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        assert may_end.wait(5)

    counter = Counter(201, during=wait)

    def first() -> HttpResponse:
        try:
            return post(counter)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(first)
        assert begun.wait(5)
        meanwhile = post(counter)
        may_end.set()
        done = running.result(5)

    assert summary(meanwhile) == (409, "idempotency_in_progress")
    assert meanwhile.headers["Retry-After"] == "1"
    assert (summary(done), summary(post(counter)), counter.runs) == ((201, 1), (201, 1), 1)


@pytest.mark.django_db
@pytest.mark.parametrize("status", [None, 409])
def test_row_of_an_earlier_version_without_success_is_run_again(status: int | None) -> None:
    IdempotentRequest.objects.create(
        actor="address:127.0.0.1",
        key="key-1",
        fingerprint="other",
        response_status=status,
        response_body=None if status is None else b"",
    )
    counter = Counter(201)

    assert [summary(post(counter)), summary(post(counter))] == [(201, 1), (201, 1)]


@pytest.mark.django_db
def test_response_expires_after_a_day() -> None:
    counter = Counter(201)
    post(counter)
    IdempotentRequest.objects.update(created_at=timezone.now() - idempotency.RETENTION)

    assert summary(post(counter, body={"seats": [2]})) == (201, 2)


@pytest.mark.django_db
def test_delete_expired_removes_only_old_rows_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "EXPIRY_BATCH", 2)
    counter = Counter(201)
    for number in range(5):
        post(counter, f"key-{number}")
    at = timezone.now()
    IdempotentRequest.objects.exclude(key="key-4").update(created_at=at - idempotency.RETENTION)

    assert idempotency.delete_expired(at=at) == 4
    assert list(IdempotentRequest.objects.values_list("key", flat=True)) == ["key-4"]


@pytest.mark.django_db
def test_response_is_encrypted_in_the_database() -> None:
    post(Counter(201), headers={"X-Visitor": "abc"})

    row = IdempotentRequest.objects.get()
    assert b"secret" not in bytes(row.response_body or b"")
    assert "abc" not in row.actor


@pytest.mark.django_db
def test_response_encrypted_with_an_old_secret_is_replayed(settings: Any) -> None:
    counter = Counter(201)
    post(counter)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new secret"

    assert summary(post(counter)) == (201, 1)
