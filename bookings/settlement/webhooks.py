"""Webhook endpoint: each webhook triggers a query of the provider; its content is not trusted.

The signature over the raw body is verified, the payment's current state is fetched from the
provider before any lock is taken, then event and outcome are written in one transaction. A known
event changes nothing. If it cannot be written now, 503 makes the provider send it again.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bookings.models import Payment, ProviderEvent
from bookings.orders.locks import lock_booking
from bookings.payments import registry
from bookings.payments.base import (
    BadSignature,
    Provider,
    ProviderRefused,
    ProviderReport,
    ProviderUnavailable,
    WebhookEvent,
)
from bookings.settlement import settle
from core.db.prepared import CompiledQuery, execute_prepared
from core.errors import InvalidInput
from core.http.client_ip import client_network
from core.ratelimit import RateLimit

logger = logging.getLogger(__name__)

WEBHOOK_BYTES_MAX = 64 * 1024
FORGERIES_BY_ADDRESS = RateLimit("webhook_forgery_address", 30, 60)

# A known event gives no row; a concurrent insert of the same event is waited for.
INSERT_EVENT = """
INSERT INTO bookings_providerevent (provider, event_id, payment_id, received_at, outcome)
VALUES (%(provider)s, %(event_id)s, %(payment_id)s, %(at)s, %(outcome)s)
ON CONFLICT (provider, event_id) DO NOTHING
RETURNING id
"""


def _of_event(provider: str, event_id: str) -> QuerySet[ProviderEvent]:
    return ProviderEvent.objects.filter(provider=provider, event_id=event_id)


def _by_reference(provider: str, reference: str) -> QuerySet[Payment]:
    return Payment.objects.filter(provider=provider, reference=reference)


_KNOWN_EVENT = CompiledQuery(_of_event, "a provider", "an event")
_BY_REFERENCE = CompiledQuery(_by_reference, "a provider", "a reference")


@csrf_exempt
@require_POST
def receive(request: HttpRequest, provider: str) -> HttpResponse:
    try:
        gateway = registry.provider(provider)
        if int(request.headers.get("Content-Length") or 0) > WEBHOOK_BYTES_MAX:
            return HttpResponse(status=413)
        event = gateway.verify_webhook(request.headers, request.body)
    except InvalidInput:
        return HttpResponse(status=404)
    except (BadSignature, ValueError, RecursionError):
        # Only invalid signatures count, so a burst from a real provider is never refused.
        allowance = FORGERIES_BY_ADDRESS.hit(client_network(request))
        if not allowance.allowed:
            return HttpResponse(status=429, headers=allowance.headers())
        logger.warning("webhook refused: %s", provider)
        return HttpResponse(status=400)
    try:
        _process(gateway, event, timezone.now())
    except (ProviderUnavailable, OperationalError):
        return HttpResponse(status=503, headers={"Retry-After": "5"})
    return HttpResponse(status=200)


def _process(gateway: Provider, event: WebhookEvent, at: datetime) -> None:
    if _KNOWN_EVENT.all(gateway.name, event.event_id):
        return
    try:
        report = gateway.fetch(event.reference)
    except ProviderRefused:
        report = None
    known = Payment.objects.filter(provider=gateway.name, reference=event.reference)
    if report is None and known.exists():
        # The provider refuses to show a payment that we know: let it send the webhook again.
        raise ProviderUnavailable("webhook for a known payment that the provider does not show")
    _write(gateway.name, event, report, at)


@transaction.atomic
def _write(provider: str, event: WebhookEvent, report: ProviderReport | None, at: datetime) -> None:
    payment = _payment_of(provider, report) if report else None
    # The first lock, taken before the event's row is inserted.
    booking = lock_booking(payment.booking_id) if payment is not None else None
    values = {
        "provider": provider,
        "event_id": event.event_id,
        "payment_id": payment.pk if payment else None,
        "at": at,
        "outcome": report.status if report and payment else "unknown_payment",
    }
    is_new = bool(execute_prepared(INSERT_EVENT, values))
    if is_new and report is not None and payment is not None and booking is not None:
        settle.settle_locked(payment.pk, booking, report, at)


def _payment_of(provider: str, report: ProviderReport) -> Payment | None:
    """By the provider's reference, or by ours if the response to ``create`` was lost."""
    found = _BY_REFERENCE.first(provider, report.reference)
    if found is not None:
        return found
    ours = Payment.objects.filter(provider=provider)
    try:
        return ours.filter(pk=report.merchant_reference, reference__isnull=True).first()
    except ValidationError:  # not one of our ids
        return None
