"""The bank's API for merchants: /sandbox/api/charges and below, JSON in and out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sandbox_bank import charges, clock, parsing
from sandbox_bank.errors import BankError, Unauthorized, Unprocessable
from sandbox_bank.models import Charge, ChargeRefund
from sandbox_bank.signing import is_api_key

PAGE_LENGTH = 100

View = Callable[..., JsonResponse]


def for_merchants(view: View) -> View:
    """Let only a merchant's key in, and tell what the bank refuses as JSON."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        try:
            scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
            if scheme != "Bearer" or not is_api_key(key):
                raise Unauthorized("bad_api_key")
            return view(request, *args, **kwargs)
        except BankError as error:
            return JsonResponse({"error": {"code": error.code}}, status=error.status)

    return csrf_exempt(guarded)


@for_merchants
@require_http_methods(["GET", "POST"])
def charge_list(request: HttpRequest) -> JsonResponse:
    if request.method == "POST":
        return _open(request)
    at = clock.now()
    found = Charge.objects.order_by("id")
    if reference := parsing.query(request, "merchant_reference"):
        found = found.filter(merchant_reference=reference)
    if day := parsing.query(request, "date"):
        begins = datetime.combine(_day(day), time(), tzinfo=UTC)
        found = found.filter(created_at__gte=begins, created_at__lt=begins + timedelta(days=1))
    if after := parsing.query(request, "after"):
        found = found.filter(id__gt=charges.charge_now(after, at=at).pk)
    page = list(found[: PAGE_LENGTH + 1])
    shown, has_more = page[:PAGE_LENGTH], len(page) > PAGE_LENGTH
    charges.bring_up_to_date(shown, at=at)
    return JsonResponse(
        {
            "charges": [charge_document(charge) for charge in shown],
            "next_after": shown[-1].reference if has_more else None,
        }
    )


@for_merchants
@require_safe
def charge_detail(request: HttpRequest, reference: str) -> JsonResponse:
    charge = charges.charge_now(reference, at=clock.now())
    if charges.spend_fetch_failure(charge):
        return JsonResponse({"error": {"code": "out_of_order"}}, status=500)
    return JsonResponse(charge_document(charge))


@for_merchants
@require_POST
def charge_close(request: HttpRequest, reference: str) -> JsonResponse:
    return JsonResponse(charge_document(charges.close_charge(reference, at=clock.now())))


@for_merchants
@require_POST
def refund_list(request: HttpRequest, reference: str) -> JsonResponse:
    refund, is_new = charges.refund_charge(
        reference,
        parsing.amount(parsing.json_object(request)),
        idempotency_key=parsing.idempotency_key(request),
        at=clock.now(),
    )
    return JsonResponse(refund_document(refund), status=201 if is_new else 200)


def _open(request: HttpRequest) -> JsonResponse:
    charge, is_new = charges.open_charge(
        parsing.charge_order(parsing.json_object(request)),
        idempotency_key=parsing.idempotency_key(request),
        at=clock.now(),
    )
    return JsonResponse(charge_document(charge), status=201 if is_new else 200)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unprocessable("bad_date") from None


def charge_document(charge: Charge) -> dict[str, Any]:
    page = reverse("sandbox_bank:pay", args=[charge.reference])
    return {
        "reference": charge.reference,
        "merchant_reference": charge.merchant_reference,
        "status": charge.status,
        "amount": charge.amount,
        "currency": charge.currency,
        "captured_amount": charge.captured_amount,
        "captured_currency": charge.captured_currency,
        "refunded_amount": charge.refunded_amount,
        "failure_code": charge.failure_code,
        "payment_url": f"{settings.SITE_URL}{page}",
        "created_at": charge.created_at.isoformat(),
        "expires_at": charge.expires_at.isoformat(),
    }


def refund_document(refund: ChargeRefund) -> dict[str, Any]:
    return {
        "reference": refund.reference,
        "charge": refund.charge.reference,
        "amount": refund.amount,
        "status": refund.status,
        "failure_code": refund.failure_code,
    }
