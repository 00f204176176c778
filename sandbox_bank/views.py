"""The bank's payment page, where the payer chooses a test case."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from babel.numbers import format_currency
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from sandbox_bank import charges
from sandbox_bank.errors import NoSuchCharge
from sandbox_bank.models import Charge, ChargeStatus, Scenario, database_now

TEST_CASES = [
    scenario
    for scenario in Scenario
    if scenario not in (Scenario.PAY, Scenario.DECLINE, Scenario.CANCEL)
]


class SeeOther(HttpResponseRedirect):
    """After a POST the browser must GET the next page."""

    status_code = 303


@method_decorator(never_cache, name="dispatch")
class PaymentPage(View):
    http_method_names = ["get", "head", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except NoSuchCharge:
            return render(request, "sandbox_bank/missing.html", status=404)

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        return self._page(request, charges.current_charge(reference, at=database_now()))

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        at = database_now()
        charge = charges.current_charge(reference, at=at)
        if charge.status == ChargeStatus.EXPIRED:
            return self._page(request, charge, status=410)
        try:
            scenario = Scenario(self._choice(request))
            delay_seconds = int(request.POST.get("delay_seconds") or charges.DELAY_SECONDS_DEFAULT)
        except ValueError:
            return self._page(request, charge, status=422)
        charge = charges.choose(reference, scenario, delay_seconds=delay_seconds, at=at)
        return self._allow_redirect(SeeOther(charge.return_url), charge)

    def _choice(self, request: HttpRequest) -> str:
        choice = request.POST.get("choice", "")
        return request.POST.get("test_case", "") if choice == "test" else choice

    def _page(self, request: HttpRequest, charge: Charge, *, status: int = 200) -> HttpResponse:
        at = database_now()
        context: dict[str, Any] = {
            "charge": charge,
            "amount": display_amount(charge.amount, charge.currency),
            "is_open": charge.is_open(at),
            "seconds_left": max(int((charge.expires_at - at).total_seconds()), 0),
            "test_cases": TEST_CASES,
            "delay_seconds": charges.DELAY_SECONDS_DEFAULT,
            "delay_seconds_max": charges.DELAY_SECONDS_MAX,
            "is_mistaken": status == 422,
        }
        response = render(request, "sandbox_bank/pay.html", context, status=status)
        return self._allow_redirect(response, charge)

    def _allow_redirect(self, response: HttpResponse, charge: Charge) -> HttpResponse:
        """Allow the form to redirect to the merchant, which has another origin."""
        address = urlsplit(charge.return_url)
        response._csp_update = {  # type: ignore[attr-defined]  # django-csp's own hook
            "form-action": [f"{address.scheme}://{address.netloc}"]
        }
        return response


def display_amount(amount: int, currency: str) -> str:
    locale = "id" if (translation.get_language() or "").startswith("id") else "en"
    return format_currency(
        amount, currency, format="¤\u00a0#,##0", locale=locale, currency_digits=False
    )
