"""``Idempotency-Key``: a POST to the API that is sent again is answered again, not done again.

A phone that lost the answer repeats its request with the same key and gets the first answer. The
key belongs to who sent it (token, visitor, guest or address) and to what was sent: another body
under the same key is refused. An answer is kept for a day, sealed, because it may hold a token.
"""

from __future__ import annotations

import hashlib
import logging
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from http import HTTPStatus

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, OperationalError, connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import IdempotentRequest
from core.client_ip import client_address

logger = logging.getLogger(__name__)

API_PATH = "/api/v1/"
HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
# What tells clients apart; the same key under another of these is another key.
ACTOR_HEADERS = ("Authorization", "X-Visitor", "X-Booking-Token")
KEY_LENGTH_MAX = 128
KEPT_FOR = timedelta(hours=24)
# No request runs this long; one that seems to has died with its process.
STALE_AFTER = timedelta(seconds=60)
ANSWER_BYTES_MAX = 256 * 1024
EXPIRY_BATCH = 1_000
EXPIRY_BATCHES_MAX = 100

# One statement: takes a new key, or one whose request died or is forgotten; else gives no row.
CLAIM_SQL = """
INSERT INTO accounts_idempotentrequest AS kept (actor, key, fingerprint, response_type, created_at)
VALUES (%(actor)s, %(key)s, %(fingerprint)s, '', %(at)s)
ON CONFLICT (actor, key) DO UPDATE
SET fingerprint = excluded.fingerprint, created_at = excluded.created_at,
    response_status = NULL, response_body = NULL, response_type = ''
WHERE kept.created_at <= %(forgotten_before)s
   OR (kept.response_status IS NULL AND kept.fingerprint = excluded.fingerprint
       AND kept.created_at <= %(stale_before)s)
RETURNING kept.id
"""


@dataclass(frozen=True)
class Claim:
    """The row that this request must fill or give up; nobody else's claim of it has its time."""

    row_id: int
    at: datetime

    def keep(self, response: HttpResponse) -> None:
        self._row().update(
            response_status=response.status_code,
            response_body=_sealer().encrypt(response.content),
            response_type=response.headers.get("Content-Type", "")[:60],
        )

    def give_up(self) -> None:
        self._row().delete()

    def _row(self) -> QuerySet[IdempotentRequest]:
        return IdempotentRequest.objects.filter(pk=self.row_id, created_at=self.at)


class IdempotencyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = request.headers.get(HEADER)
        if key is None or request.method != "POST" or not request.path.startswith(API_PATH):
            return self.get_response(request)
        if not 0 < len(key) <= KEY_LENGTH_MAX or not key.isprintable():
            return problem(422, "idempotency_key_invalid", _("The Idempotency-Key is not valid."))
        try:
            print_ = fingerprint(request)
        except RequestDataTooBig:
            return problem(413, "too_large", _("This request is too large."))
        except UnreadablePostError:
            return problem(400, "unreadable", _("This request did not arrive whole."))
        at, who = timezone.now(), actor(request)
        try:
            claim = claim_key(who, key, print_, at=at)
            if claim is None:
                kept = IdempotentRequest.objects.filter(actor=who, key=key).first()
                return _answer_again(kept, print_)
        except OperationalError:
            logger.warning("store did not answer in time for an idempotency key")
            return problem(503, "unavailable", _("We are busy for a moment. Please try again."))
        response = self.get_response(request)
        _finish(claim, response)
        return response


def _finish(claim: Claim, response: HttpResponseBase) -> None:
    """Keep the answer. What was done stays done and is told, even if that fails."""
    try:
        if isinstance(response, HttpResponse) and _may_be_kept(response):
            claim.keep(response)
        else:
            claim.give_up()
    except DatabaseError:
        logger.exception("the answer to an idempotency key was not kept")


def claim_key(who: str, key: str, print_: str, *, at: datetime) -> Claim | None:
    """Take the key for one run; None when it was used and may not be taken again."""
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM_SQL,
            {
                "actor": who,
                "key": key,
                "fingerprint": print_,
                "at": at,
                "forgotten_before": at - KEPT_FOR,
                "stale_before": at - STALE_AFTER,
            },
        )
        row = cursor.fetchone()
    return Claim(row[0], at) if row else None


def actor(request: HttpRequest) -> str:
    """Who sends it. Only a digest: the headers are secrets."""
    shown = {name: request.headers[name] for name in ACTOR_HEADERS if name in request.headers}
    if not shown:
        return f"address:{client_address(request)}"
    return f"client:{hashlib.sha256(repr(shown).encode()).hexdigest()}"


def fingerprint(request: HttpRequest) -> str:
    address = f"{request.path.rstrip('/')}?{request.META.get('QUERY_STRING', '')}"
    digest = hashlib.sha256(f"{request.method} {address}\n".encode())
    digest.update(request.body)
    return digest.hexdigest()


def delete_expired(*, at: datetime) -> int:
    """Delete the answers that are kept no longer, in batches; the number deleted."""
    total = 0
    for _batch in range(EXPIRY_BATCHES_MAX):
        old = IdempotentRequest.objects.filter(created_at__lte=at - KEPT_FOR)
        deleted, _per_model = IdempotentRequest.objects.filter(
            pk__in=list(old.values_list("pk", flat=True)[:EXPIRY_BATCH])
        ).delete()
        total += deleted
        if deleted < EXPIRY_BATCH:
            break
    return total


def forget_answers_with(words: Collection[str]) -> int:
    """Delete the kept answers that hold one of these (in small letters); the number deleted."""
    told = [
        kept.pk
        for kept in IdempotentRequest.objects.exclude(response_body=None).iterator()
        if any(word in _opened(kept) for word in words)
    ]
    return IdempotentRequest.objects.filter(pk__in=told).delete()[0]


def _opened(kept: IdempotentRequest) -> str:
    try:
        return _sealer().decrypt(bytes(kept.response_body or b"")).decode(errors="replace").lower()
    except InvalidToken:
        return ""


def problem(status: int, code: str, detail: str | Promise) -> JsonResponse:
    """The API's one shape of a refusal."""
    return JsonResponse(
        {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "code": code,
            "detail": str(detail),
        },
        status=status,
        content_type="application/problem+json",
        headers={"Retry-After": "1"} if status in (409, 503) else {},
    )


def _answer_again(kept: IdempotentRequest | None, print_: str) -> HttpResponse:
    if kept is not None and kept.fingerprint != print_:
        return problem(
            422,
            "idempotency_key_reused",
            _("This Idempotency-Key was used for another request."),
        )
    if kept is None or kept.response_status is None or kept.response_body is None:
        return problem(
            409, "idempotency_in_progress", _("The first request with this key still runs.")
        )
    try:
        body = _sealer().decrypt(bytes(kept.response_body))
    except InvalidToken:  # sealed with a SECRET_KEY that is no longer among ours
        return problem(503, "unavailable", _("We are busy for a moment. Please try again."))
    return HttpResponse(
        body,
        status=kept.response_status,
        content_type=kept.response_type,
        headers={REPLAYED_HEADER: "true"},
    )


def _may_be_kept(response: HttpResponse) -> bool:
    """A refusal that time heals must not be repeated for a day."""
    return (
        response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
        and response.status_code != HTTPStatus.TOO_MANY_REQUESTS
        and len(response.content) <= ANSWER_BYTES_MAX
    )


def _sealer() -> MultiFernet:
    return _sealer_of((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@cache
def _sealer_of(secrets: tuple[str, ...]) -> MultiFernet:
    digests = (hashlib.sha256(f"idempotent answers {secret}".encode()) for secret in secrets)
    return MultiFernet([Fernet(urlsafe_b64encode(digest.digest())) for digest in digests])
