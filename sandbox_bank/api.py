"""The bank's JSON API for merchants, at /sandbox/api/charges."""

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

from sandbox_bank import charges, parsing
from sandbox_bank.errors import BankError, Unauthorized, Unprocessable
from sandbox_bank.models import Charge, ChargeRefund, database_now
from sandbox_bank.signing import is_api_key

PAGE_LENGTH = 100

View = Callable[..., JsonResponse]


def for_merchants(view: View) -> View:
    """Require the merchant's API key; errors become JSON."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        try:
            scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
            if scheme != "Bearer" or not is_api_key(key):
                raise Unauthorized("bad_api_key")
            return view(request, *args, **kwargs)
        except BankError as error:
            return JsonResponse({"error": {"code": error.code}}, status=error.status)

    return csrf_exempt(wrapper)


@for_merchants
@require_http_methods(["GET", "POST"])
def charge_list(request: HttpRequest) -> JsonResponse:
    if request.method == "POST":
        return _open(request)
    at = database_now()
    found = Charge.objects.order_by("id")
    if reference := parsing.query(request, "merchant_reference"):
        found = found.filter(merchant_reference=reference)
    if day := parsing.query(request, "date"):
        begins = datetime.combine(_day(day), time(), tzinfo=UTC)
        found = found.filter(created_at__gte=begins, created_at__lt=begins + timedelta(days=1))
    if after := parsing.query(request, "after"):
        found = found.filter(id__gt=charges.current_charge(after, at=at).pk)
    page = list(found[: PAGE_LENGTH + 1])
    listed, has_more = page[:PAGE_LENGTH], len(page) > PAGE_LENGTH
    charges.settle_if_due(listed, at=at)
    return JsonResponse(
        {
            "charges": [charge_document(charge) for charge in listed],
            "next_after": listed[-1].reference if has_more else None,
        }
    )


@for_merchants
@require_safe
def charge_detail(request: HttpRequest, reference: str) -> JsonResponse:
    charge = charges.current_charge(reference, at=database_now())
    if charges.use_fetch_failure(charge):
        return JsonResponse({"error": {"code": "out_of_order"}}, status=500)
    return JsonResponse(charge_document(charge))


@for_merchants
@require_POST
def charge_close(request: HttpRequest, reference: str) -> JsonResponse:
    return JsonResponse(charge_document(charges.close_charge(reference, at=database_now())))


@for_merchants
@require_POST
def refund_list(request: HttpRequest, reference: str) -> JsonResponse:
    refund, is_new = charges.refund_charge(
        reference,
        parsing.amount(parsing.json_object(request)),
        idempotency_key=parsing.idempotency_key(request),
        at=database_now(),
    )
    return JsonResponse(refund_document(refund), status=201 if is_new else 200)


def _open(request: HttpRequest) -> JsonResponse:
    charge, is_new = charges.open_charge(
        parsing.charge_order(parsing.json_object(request)),
        idempotency_key=parsing.idempotency_key(request),
        at=database_now(),
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
