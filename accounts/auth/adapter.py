"""How allauth behaves here.

Who has an account is not told: signing up, signing in and resetting a password answer the same for
a known and an unknown address, and take as long; only a letter to that address says which it was.
How often each may be tried is in ``settings.ACCOUNT_RATE_LIMITS``.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import letters
from accounts.auth.session import is_recent
from accounts.confirmation import has_to_confirm
from accounts.models import User
from core.client_ip import client_address

# What allauth calls the addresses that it puts into letters.
LINKS = ("activate_url", "password_reset_url", "signup_url")
CONFIRMED_EMAIL_STAGE = "accounts.auth.stages.ConfirmedEmailStage"


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _(
            "This email and password do not belong together, or the email is not confirmed yet:"
            " then look into your inbox, or choose a new password."
        )
    }

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """allauth's, but the password of a sign-up that nobody has confirmed is a wrong one.

        Whoever could sign in with a password that they have just chosen for somebody's address
        would learn that it had no account.
        """
        user: User | None = super().authenticate(request, **credentials)
        if user is None or not has_to_confirm(user):
            return user
        self.pre_authenticate(request, **credentials)  # it counts as a failure, as any wrong one
        return None

    def save_user(
        self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True
    ) -> User:
        user.name = form.cleaned_data["name"]
        user.phone = form.cleaned_data.get("phone") or ""
        user.language = get_language() or settings.LANGUAGE_CODE
        saved: User = super().save_user(request, user, form, commit=commit)
        return saved

    def get_login_stages(self) -> list[str]:
        """allauth's, but who has to confirm their address is decided by our own."""
        stages: list[str] = super().get_login_stages()
        allauths = "allauth.account.stages.EmailVerificationStage"
        return [CONFIRMED_EMAIL_STAGE if stage == allauths else stage for stage in stages]

    def send_account_already_exists_mail(self, email: str) -> None:
        """In answer to a sign-up that made no account; a password is hashed here as there."""
        make_password(email)
        super().send_account_already_exists_mail(email)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who has just signed in need not do it again to set up or remove a second factor."""
        if is_recent(allauth_context.request.session, timezone.now()):
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Hand the letter to a worker: a mail server that hangs must not hold a request.

        Links lead to this site, whatever the name was that the request asked for; the letter to
        the address that was found, not to one that merely looks like it in capitals.
        """
        links = {
            name: settings.SITE_URL + urlsplit(context[name]).path
            for name in LINKS
            if name in context
        }
        email = email.lower()
        message = self.render_mail(
            template_prefix,
            email,
            {
                "request": allauth_context.request,
                "email": email,
                "site_name": settings.SITE_NAME,
                "current_site": {"name": settings.SITE_NAME, "domain": settings.SITE_URL},
            }
            | context
            | links,
        )
        letters.post(message.subject, str(message.body), message.from_email, list(message.to))
