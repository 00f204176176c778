"""The door to the managers' office."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.forms import AuthenticationForm

from accounts.addresses import client_network
from accounts.limits import SIGN_IN_BY_ACCOUNT, SIGN_IN_BY_ADDRESS


class StaffSignInForm(AuthenticationForm):  # type: ignore[misc]  # unfold has no types
    """Named by ``settings.UNFOLD``; counts every attempt before the password is looked at."""

    def clean(self) -> dict[str, Any]:
        attempts = [(SIGN_IN_BY_ADDRESS, client_network(self.request))]
        if email := self.cleaned_data.get("username"):
            attempts.append((SIGN_IN_BY_ACCOUNT, email.lower()))
        allowances = [limit.take(actor) for limit, actor in attempts]
        if not all(allowance.allowed for allowance in allowances):
            raise ValidationError(
                _("Too many attempts. Please wait a few minutes."), code="rate_limited"
            )
        cleaned: dict[str, Any] = super().clean()
        return cleaned
