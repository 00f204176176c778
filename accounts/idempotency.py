"""``Idempotency-Key``: a repeated POST to the API gets the stored response.

A client that lost a response repeats its request with the same key. The response is stored in the
transaction of its effect, so that either both exist or neither: a request whose process died has
changed nothing and is run again. Only successes are stored; a refusal changes nothing and may
differ the next time.

A key belongs to its sender (account, visitor, booking token or address) and to its request: another
body under the same key is refused. It is checked after authentication and rate limits. Responses
are stored for a day, encrypted, because they may hold a token.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import cache, wraps
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import connection, transaction
from django.http import UnreadablePostError
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import is_success

from accounts.models import IdempotentRequest
from core.api.views import django_request
from core.errors import InvalidInput, LayarError, Refused, Unavailable
from core.http.client_ip import client_address

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
# Headers that identify a client without an account: keys are separate for each combination.
ACTOR_HEADERS = ("Authorization", "X-Visitor", "X-Booking-Token")
KEY_LENGTH_MAX = 128
RETENTION = timedelta(hours=24)
RESPONSE_BYTES_MAX = 256 * 1024
EXPIRY_BATCH = 1_000
SUBJECT_LENGTH = 32
SUBJECTS_MAX = 20
EMAIL = re.compile(r"[^\s\"'<>,;:()\[\]]+@[^\s\"'<>,;:()\[\]]+")
EXPIRY_BATCHES_MAX = 100

Handler = Callable[..., Response]


class IdempotencyKeyInvalid(InvalidInput):
    code = "idempotency_key_invalid"
    message = _("The Idempotency-Key is not valid.")


class IdempotencyKeyReused(InvalidInput):
    code = "idempotency_key_reused"
    message = _("This Idempotency-Key was used for another request.")


class IdempotencyInProgress(Refused):
    code = "idempotency_in_progress"
    message = _("The first request with this key still runs.")
    retry_after_seconds = 1


class BodyUnreadable(LayarError):
    code = "unreadable"
    message = _("This request did not arrive whole.")


def idempotent(*, is_atomic: bool = True) -> Callable[[Handler], Handler]:
    """Decorate the ``post`` of an API view whose repetition must not repeat its effect.

    The handler runs in one transaction with the storing of its response, and a concurrent request
    with the same key is refused. ``is_atomic=False`` is for a handler that calls another company
    and is idempotent by itself: its response is stored after it. Raises IdempotencyKeyInvalid,
    IdempotencyKeyReused, IdempotencyInProgress.
    """

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def post(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
            key = request.headers.get(HEADER)
            if key is None:
                return handler(view, request, *args, **kwargs)
            if not 0 < len(key) <= KEY_LENGTH_MAX or not key.isprintable():
                raise IdempotencyKeyInvalid()
            who, request_hash, at = actor(request), fingerprint(request), timezone.now()
            with transaction.atomic() if is_atomic else nullcontext():
                if is_atomic and not _try_lock(who, key):
                    raise IdempotencyInProgress()
                stored = _stored(who, key, at)
                if stored is not None:
                    return _replay(stored, request_hash)
                response = handler(view, request, *args, **kwargs)
                user_id = request.user.pk if request.user is not None else None
                _store(who, key, request_hash, response, at, user_id=user_id)
            return response

        return post

    return decorate


def actor(request: Request) -> str:
    """The sender: an account, or a digest of the headers that identify a guest (secrets)."""
    if request.user is not None and request.user.is_authenticated:
        return f"user:{request.user.pk}"
    identity = {name: request.headers[name] for name in ACTOR_HEADERS if name in request.headers}
    if not identity:
        return f"address:{client_address(request)}"
    return f"client:{hashlib.sha256(repr(identity).encode()).hexdigest()}"


def fingerprint(request: Request) -> str:
    """A hash of the request. Raises BodyUnreadable."""
    # Body of the underlying request: read before the API's parsers, which then parse the read
    # bytes.
    plain = django_request(request)
    address = f"{plain.path.rstrip('/')}?{plain.META.get('QUERY_STRING', '')}"
    digest = hashlib.sha256(f"{plain.method} {address}\n".encode())
    try:
        digest.update(plain.body)
    except UnreadablePostError:
        raise BodyUnreadable() from None
    return digest.hexdigest()


def _try_lock(who: str, key: str) -> bool:
    """Advisory lock on the key until the transaction ends; False if another request has it."""
    digest = hashlib.sha256(f"idempotency {who} {key}".encode()).digest()
    lock_id = int.from_bytes(digest[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock_id])
        [(is_locked,)] = cursor.fetchall()
    return bool(is_locked)


def _stored(who: str, key: str, at: datetime) -> IdempotentRequest | None:
    """The stored response; refusals and unfinished requests stored by earlier versions are run
    again."""
    return IdempotentRequest.objects.filter(
        actor=who, key=key, created_at__gt=at - RETENTION, response_status__range=(200, 299)
    ).first()


def _store(
    who: str,
    key: str,
    request_hash: str,
    response: Response,
    at: datetime,
    *,
    user_id: int | None,
) -> None:
    body = JSONRenderer().render(response.data)
    if not is_success(response.status_code) or len(body) > RESPONSE_BYTES_MAX:
        return
    row = IdempotentRequest(
        actor=who,
        key=key,
        fingerprint=request_hash,
        response_status=response.status_code,
        response_body=_fernet().encrypt(body),
        response_type=JSONRenderer.media_type,
        subjects=subjects_of(user_id, body.decode()),
        created_at=at,
    )
    changed = [
        "subjects",
        "fingerprint",
        "response_status",
        "response_body",
        "response_type",
        "created_at",
    ]
    IdempotentRequest.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["actor", "key"], update_fields=changed
    )


def _replay(stored: IdempotentRequest, request_hash: str) -> Response:
    if stored.fingerprint != request_hash:
        raise IdempotencyKeyReused()
    try:
        body = _fernet().decrypt(bytes(stored.response_body or b""))
    except InvalidToken:  # encrypted with a retired SECRET_KEY
        raise Unavailable() from None
    return Response(
        json.loads(body),
        status=stored.response_status,
        headers={REPLAYED_HEADER: "true", "Cache-Control": "private, no-store"},
    )


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


def delete_responses_about(user_id: int | None, emails: Iterable[str]) -> int:
    """Delete the stored responses to this account or with one of these addresses; how many."""
    names = [f"email:{email.lower()}" for email in emails]
    if user_id is not None:
        names.append(f"user:{user_id}")
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = [_subject(name, secret) for name in names for secret in secrets]
    return IdempotentRequest.objects.filter(subjects__overlap=digests).delete()[0]


def subjects_of(user_id: int | None, body: str) -> list[str]:
    """Keyed digests of whom a response is about: the account, and each address in it."""
    names = {f"email:{email.lower()}" for email in EMAIL.findall(body)}
    if user_id is not None:
        names.add(f"user:{user_id}")
    return [_subject(name, settings.SECRET_KEY) for name in sorted(names)[:SUBJECTS_MAX]]


def _subject(name: str, secret: str) -> str:
    digest = salted_hmac("accounts.idempotency", name, secret=secret, algorithm="sha256")
    return digest.hexdigest()[:SUBJECT_LENGTH]


def _fernet() -> MultiFernet:
    return _fernet_for((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@cache
def _fernet_for(secrets: tuple[str, ...]) -> MultiFernet:
    digests = (hashlib.sha256(f"idempotent answers {secret}".encode()) for secret in secrets)
    return MultiFernet([Fernet(urlsafe_b64encode(digest.digest())) for digest in digests])
