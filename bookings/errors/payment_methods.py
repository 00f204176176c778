"""Errors of payment methods that an app uses without the provider's page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput


class PaymentMethodUnknown(InvalidInput):
    code = "payment_method_unknown"
    message = _("This payment method does not exist here. Please choose another one.")
