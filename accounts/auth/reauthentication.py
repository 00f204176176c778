"""Who moves money proves once more who they are, if the last time is a while ago.

``require_recent_sign_in`` guards a view, or a method of a ModelAdmin (an action, ``add_view``, …).
An unsafe request whose sender has not given a password, code or passkey within
``authentications.RECENT`` gets a page that asks for the password or a code and carries everything
that was typed; sent off, the request goes on to the same view as if nothing had been in between.
Requests that ask for JSON get 403 with the code ``sign_in_again``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from accounts.auth import session
from core.ratelimit import RateLimit

logger = logging.getLogger(__name__)

CONFIRMATIONS_BY_PERSON = RateLimit("confirm_identity", 10, 300)
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
PASSWORD_FIELD, CODE_FIELD = "confirm_password", "confirm_code"
P = ParamSpec("P")
Answer = TypeVar("Answer")
OWN_FIELDS = (PASSWORD_FIELD, CODE_FIELD, "csrfmiddlewaretoken")


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
        given = super().clean() or {}
        if not CONFIRMATIONS_BY_PERSON.hit(f"user:{self.user.pk}").allowed:
            raise forms.ValidationError(_("Too many attempts. Please wait a few minutes."))
        password, code = given.get(PASSWORD_FIELD), given.get(CODE_FIELD)
        if password and self.user.check_password(password):
            self.method = "password"
        elif code and self.totp is not None and self.totp.wrap().validate_code(code):
            self.method = "mfa"
        else:
            raise forms.ValidationError(_("That is not right. Please try again."))
        return given


def recently_authenticated(request: HttpRequest, at: datetime) -> bool:
    return session.is_recent(request.session, at)


def require_recent_sign_in(view: Callable[P, Answer]) -> Callable[P, Answer | HttpResponseBase]:
    """For function views and for methods; the request is their first or second argument."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Answer | HttpResponseBase:
        request = next(arg for arg in args[:2] if isinstance(arg, HttpRequest))
        return confirmation(request, timezone.now()) or view(*args, **kwargs)

    return guarded


def confirmation(request: HttpRequest, at: datetime) -> HttpResponseBase | None:
    """None if the request may go on; else what to answer instead."""
    if request.method in SAFE_METHODS or recently_authenticated(request, at):
        return None
    if "application/json" in request.headers.get("Accept", ""):
        return _refusal()
    is_answer = PASSWORD_FIELD in request.POST
    form = ConfirmationForm(request.POST if is_answer else None, user=request.user)
    if is_answer and form.is_valid():
        # The receiver of allauth's signal notes it in the session.
        record_authentication(request, request.user, method=form.method, reauthenticated=True)
        request.POST = _without_own_fields(request.POST)  # type: ignore[assignment]
        return None
    if is_answer:
        logger.warning("user %s did not confirm who they are", request.user.pk)
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in OWN_FIELDS
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


def _without_own_fields(posted: QueryDict) -> QueryDict:
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
