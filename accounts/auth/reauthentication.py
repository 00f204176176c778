"""Reauthentication before sensitive changes if the last authentication is not recent.

``require_recent_sign_in`` guards a view or a ModelAdmin method (an action, ``add_view``, …). An
unsafe request without a password, code or passkey given within ``session.RECENT`` gets a page
that asks for the password or a code and resubmits all posted values to the same view. Requests
that accept JSON get 403 with the code ``sign_in_again``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from accounts.auth import session
from accounts.auth.allauth_flows import (
    record_authentication,
)
from core.ratelimit import RateLimit

logger = logging.getLogger(__name__)

CONFIRMATIONS_BY_PERSON = RateLimit("confirm_identity", 10, 300)
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
PASSWORD_FIELD, CODE_FIELD = "confirm_password", "confirm_code"
P = ParamSpec("P")
Result = TypeVar("Result")
FORM_FIELDS = (PASSWORD_FIELD, CODE_FIELD, "csrfmiddlewaretoken")


class ConfirmationForm(forms.Form):
    confirm_password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"}),
    )
    confirm_code = forms.CharField(
        label=_("Or the code of your app"),
        required=False,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}
        ),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.method = ""
        self.totp = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
        if self.totp is None:
            del self.fields[CODE_FIELD]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not CONFIRMATIONS_BY_PERSON.hit(f"user:{self.user.pk}").allowed:
            raise forms.ValidationError(_("Too many attempts. Please wait a few minutes."))
        password, code = cleaned.get(PASSWORD_FIELD), cleaned.get(CODE_FIELD)
        if password and self.user.check_password(password):
            self.method = "password"
        elif code and self.totp is not None and self.totp.wrap().validate_code(code):
            self.method = "mfa"
        else:
            raise forms.ValidationError(_("That is not right. Please try again."))
        return cleaned


def recently_authenticated(request: HttpRequest, at: datetime) -> bool:
    return session.is_recent(request.session, at)


def require_recent_sign_in(view: Callable[P, Result]) -> Callable[P, Result | HttpResponseBase]:
    """Decorator for views and methods; the request is their first or second argument."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Result | HttpResponseBase:
        request = next(arg for arg in args[:2] if isinstance(arg, HttpRequest))
        return confirmation_response(request, timezone.now()) or view(*args, **kwargs)

    return guarded


def confirmation_response(request: HttpRequest, at: datetime) -> HttpResponseBase | None:
    """None if the request may proceed; else the response to send instead."""
    if request.method in SAFE_METHODS or recently_authenticated(request, at):
        return None
    if "application/json" in request.headers.get("Accept", ""):
        return _refusal()
    is_submitted = PASSWORD_FIELD in request.POST
    form = ConfirmationForm(request.POST if is_submitted else None, user=request.user)
    if is_submitted and form.is_valid():
        # A receiver of allauth's signal records it in the session.
        record_authentication(request, request.user, method=form.method, reauthenticated=True)
        request.POST = _without_form_fields(request.POST)  # type: ignore[assignment]
        return None
    if is_submitted:
        logger.warning("user %s failed to reauthenticate", request.user.pk)
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in FORM_FIELDS
        for value in values
    ]
    context = {
        **admin.site.each_context(request),
        "title": _("Confirm that it is you"),
        "form": form,
        "kept": kept,
        "minutes": int(session.RECENT.total_seconds() // 60),
    }
    return render(request, "admin/confirm_identity.html", context, status=403)


def _without_form_fields(posted: QueryDict) -> QueryDict:
    kept = posted.copy()
    for name in (PASSWORD_FIELD, CODE_FIELD):
        kept.pop(name, None)
    return kept


def _refusal() -> JsonResponse:
    return JsonResponse(
        {
            "type": "about:blank",
            "title": "Forbidden",
            "status": 403,
            "code": "sign_in_again",
            "detail": str(_("Please confirm that it is you: sign in again.")),
        },
        status=403,
        content_type="application/problem+json",
    )
