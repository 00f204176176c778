"""How allauth behaves here.

Who has an account is not told: signing in and resetting a password answer the same for a known
and an unknown address. How often either may be tried is in ``settings.ACCOUNT_RATE_LIMITS``.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.conf import settings
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from accounts import letters
from accounts.addresses import client_address
from accounts.authentications import is_recent
from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    def save_user(
        self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True
    ) -> User:
        user.name = form.cleaned_data["name"]
        user.phone = form.cleaned_data.get("phone") or ""
        user.language = get_language() or settings.LANGUAGE_CODE
        saved: User = super().save_user(request, user, form, commit=commit)
        return saved

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who has just signed in need not do it again to set up or remove a second factor."""
        if is_recent(allauth_context.request.session, timezone.now()):
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Hand the letter to a worker: a mail server that hangs must not hold a request."""
        message = self.render_mail(
            template_prefix,
            email,
            {
                "request": allauth_context.request,
                "email": email,
                "site_name": settings.SITE_NAME,
                "current_site": {"name": settings.SITE_NAME, "domain": settings.SITE_URL},
            }
            | context,
        )
        letters.post(message.subject, str(message.body), message.from_email, list(message.to))
