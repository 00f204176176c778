"""``Idempotency-Key``: a repeated POST to the API gets the stored response.

A client that lost a response repeats its request with the same key. A key belongs to its sender
(token, visitor, guest or address) and its request: another body under the same key is refused.
Responses are stored for a day, encrypted, because they may hold a token.
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
# Headers that identify a client: keys are separate for each combination.
ACTOR_HEADERS = ("Authorization", "X-Visitor", "X-Booking-Token")
KEY_LENGTH_MAX = 128
RETENTION = timedelta(hours=24)
# Longer than any request runs: its process has died.
STALE_AFTER = timedelta(seconds=60)
RESPONSE_BYTES_MAX = 256 * 1024
EXPIRY_BATCH = 1_000
EXPIRY_BATCHES_MAX = 100

# Claims a new key, or one that expired or whose request died; otherwise returns no row.
CLAIM_SQL = """
INSERT INTO accounts_idempotentrequest AS kept (actor, key, fingerprint, response_type, created_at)
VALUES (%(actor)s, %(key)s, %(fingerprint)s, '', %(at)s)
ON CONFLICT (actor, key) DO UPDATE
SET fingerprint = excluded.fingerprint, created_at = excluded.created_at,
    response_status = NULL, response_body = NULL, response_type = ''
WHERE kept.created_at <= %(expired_before)s
   OR (kept.response_status IS NULL AND kept.fingerprint = excluded.fingerprint
       AND kept.created_at <= %(stale_before)s)
RETURNING kept.id
"""


@dataclass(frozen=True)
class Claim:
    """A claimed row, which this request must fill or release. ``at`` tells claims apart."""

    row_id: int
    at: datetime

    def store(self, response: HttpResponse) -> None:
        self._row().update(
            response_status=response.status_code,
            response_body=_fernet().encrypt(response.content),
            response_type=response.headers.get("Content-Type", "")[:60],
        )

    def release(self) -> None:
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
            request_hash = fingerprint(request)
        except RequestDataTooBig:
            return problem(413, "too_large", _("This request is too large."))
        except UnreadablePostError:
            return problem(400, "unreadable", _("This request did not arrive whole."))
        at, who = timezone.now(), actor(request)
        try:
            claim = claim_key(who, key, request_hash, at=at)
            if claim is None:
                kept = IdempotentRequest.objects.filter(actor=who, key=key).first()
                return _replay(kept, request_hash)
        except OperationalError:
            logger.warning("store did not answer in time for an idempotency key")
            return problem(503, "unavailable", _("We are busy for a moment. Please try again."))
        response = self.get_response(request)
        _finish(claim, response)
        return response


def _finish(claim: Claim, response: HttpResponseBase) -> None:
    """Store the response. The effect stands and is reported even if storing fails."""
    try:
        if isinstance(response, HttpResponse) and _is_storable(response):
            claim.store(response)
        else:
            claim.release()
    except DatabaseError:
        logger.exception("the response to an idempotency key was not stored")


def claim_key(who: str, key: str, request_hash: str, *, at: datetime) -> Claim | None:
    """Claim the key for one run; None if it is in use or was used."""
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM_SQL,
            {
                "actor": who,
                "key": key,
                "fingerprint": request_hash,
                "at": at,
                "expired_before": at - RETENTION,
                "stale_before": at - STALE_AFTER,
            },
        )
        row = cursor.fetchone()
    return Claim(row[0], at) if row else None


def actor(request: HttpRequest) -> str:
    """The sender, as a digest because the headers are secrets."""
    identity = {name: request.headers[name] for name in ACTOR_HEADERS if name in request.headers}
    if not identity:
        return f"address:{client_address(request)}"
    return f"client:{hashlib.sha256(repr(identity).encode()).hexdigest()}"


def fingerprint(request: HttpRequest) -> str:
    address = f"{request.path.rstrip('/')}?{request.META.get('QUERY_STRING', '')}"
    digest = hashlib.sha256(f"{request.method} {address}\n".encode())
    digest.update(request.body)
    return digest.hexdigest()


def delete_expired(*, at: datetime) -> int:
    """Delete expired responses in batches; the number deleted."""
    total = 0
    for _batch in range(EXPIRY_BATCHES_MAX):
        old = IdempotentRequest.objects.filter(created_at__lte=at - RETENTION)
        deleted, _per_model = IdempotentRequest.objects.filter(
            pk__in=list(old.values_list("pk", flat=True)[:EXPIRY_BATCH])
        ).delete()
        total += deleted
        if deleted < EXPIRY_BATCH:
            break
    return total


def delete_responses_with(words: Collection[str]) -> int:
    """Delete the stored responses that contain one of ``words`` (lower case); how many."""
    matching = [
        kept.pk
        for kept in IdempotentRequest.objects.exclude(response_body=None).iterator()
        if any(word in _decrypted(kept) for word in words)
    ]
    return IdempotentRequest.objects.filter(pk__in=matching).delete()[0]


def _decrypted(kept: IdempotentRequest) -> str:
    try:
        return _fernet().decrypt(bytes(kept.response_body or b"")).decode(errors="replace").lower()
    except InvalidToken:
        return ""


def problem(status: int, code: str, detail: str | Promise) -> JsonResponse:
    """A problem document."""
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


def _replay(kept: IdempotentRequest | None, request_hash: str) -> HttpResponse:
    if kept is not None and kept.fingerprint != request_hash:
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
        body = _fernet().decrypt(bytes(kept.response_body))
    except InvalidToken:  # encrypted with a retired SECRET_KEY
        return problem(503, "unavailable", _("We are busy for a moment. Please try again."))
    return HttpResponse(
        body,
        status=kept.response_status,
        content_type=kept.response_type,
        headers={REPLAYED_HEADER: "true"},
    )


def _is_storable(response: HttpResponse) -> bool:
    """Temporary refusals must not be replayed for a day."""
    return (
        response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
        and response.status_code != HTTPStatus.TOO_MANY_REQUESTS
        and len(response.content) <= RESPONSE_BYTES_MAX
    )


def _fernet() -> MultiFernet:
    return _fernet_for((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@cache
def _fernet_for(secrets: tuple[str, ...]) -> MultiFernet:
    digests = (hashlib.sha256(f"idempotent answers {secret}".encode()) for secret in secrets)
    return MultiFernet([Fernet(urlsafe_b64encode(digest.digest())) for digest in digests])
