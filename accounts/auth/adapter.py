"""allauth account adapter, without account enumeration.

Signing up, signing in and resetting a password respond identically, and in the same time, for a
known and an unknown address; only an email to that address differs. Rate limits are in
``settings.ACCOUNT_RATE_LIMITS``.
"""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.conf import settings
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from accounts.auth.app_session import is_app
from accounts.auth.session import is_recent
from accounts.auth.staff import landing_url
from accounts.auth.stages import must_confirm_address
from accounts.auth.throttle import Attempt, remember_browser
from accounts.models import User
from accounts.policies.pages import record_consent
from accounts.tasks import queue_email
from core.db.mailbox import mailbox_of
from core.errors import TooManyRequests
from core.http.client_ip import client_network
from core.ratelimit import RateLimit, RateLimitResult, hit_all

logger = logging.getLogger(__name__)

# Names of the links in allauth's email contexts, with the labels of their buttons.
LINKS = {
    "activate_url": _("Confirm the address"),
    "password_reset_url": _("Choose a new password"),
    "signup_url": _("Make an account"),
}
# Each purpose has limits of its own. The one of a mailbox is looser, because anybody can use it up,
# and does not count browsers and apps that signed in to the account before.
EMAILS_BY_SENDER = RateLimit("account_email", 5, 60 * 60)
EMAILS_BY_MAILBOX = RateLimit("account_email_mailbox", 50, 60 * 60)
# Emails for known and unknown addresses count together: limits must not tell them apart.
PURPOSES = {
    "email_confirmation": "confirm",
    "email_code": "confirm",
    "account_already_exists": "confirm",
    "password_reset_key": "reset",
    "password_reset_code": "reset",
    "unknown_account": "reset",
}
EMAIL_CHANGED = "account/email/email_changed"
CONFIRMED_EMAIL_STAGE = "accounts.auth.stages.ConfirmedEmailStage"


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _(
            "This email and password do not belong together, or the email is not confirmed yet:"
            " then look into your inbox, or choose a new password."
        )
    }

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Reject the password of an unconfirmed sign-up like a wrong one.

        Being able to sign in with a password just chosen for somebody's address would reveal
        that the address had no account.
        """
        user: User | None = super().authenticate(request, **credentials)
        if user is None or must_confirm_address(user):
            return None
        Attempt.of(request, _login(credentials)).succeed()
        return user

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Replace allauth's limit per address and per account by ``throttle``."""
        if not Attempt.of(request, _login(credentials)).hit().allowed:
            raise self.validation_error("too_many_login_attempts")

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        remember_browser(response, user)
        return response

    def add_message(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Messages are for pages: the API has none."""
        if hasattr(request, "_messages"):
            super().add_message(request, *args, **kwargs)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return landing_url(request.user) or str(super().get_login_redirect_url(request))

    def save_user(
        self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True
    ) -> User:
        user.name = form.cleaned_data["name"]
        user.phone = form.cleaned_data.get("phone") or ""
        user.language = get_language() or settings.LANGUAGE_CODE
        saved: User = super().save_user(request, user, form, commit=commit)
        if commit:
            record_consent(saved, timezone.now())
        return saved

    def get_login_stages(self) -> list[str]:
        """Replace allauth's email verification stage with ``ConfirmedEmailStage``."""
        stages: list[str] = super().get_login_stages()
        allauths = "allauth.account.stages.EmailVerificationStage"
        return [CONFIRMED_EMAIL_STAGE if stage == allauths else stage for stage in stages]

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_network(request)  # a limit for each address of a /64 would limit nothing

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """A recent sign-in is enough to set up or remove a second factor."""
        if is_recent(allauth_context.request.session, timezone.now()):
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Notify the former address that the account has a new one; no other change sends a
        notification."""
        if template_prefix == EMAIL_CHANGED and email:
            with override(user.language):
                self.send_mail(template_prefix, email, context or {})

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the email for a worker: a hanging mail server must not block a request.

        Links use SITE_URL whatever the request's Host header was, and the recipient is the stored
        address, not one that differs from it in case. Raises TooManyRequests to an app whose email
        is not sent, because it would wait for a code; a page says the same either way.
        """
        kind = template_prefix.rpartition("/")[2]
        refusal = _refusal(allauth_context.request, PURPOSES.get(kind, kind), email)
        if refusal is not None:
            logger.warning("email %s not sent: too many", kind)
            if kind in PURPOSES and is_app(allauth_context.request.session):
                raise TooManyRequests(refusal.retry_after_seconds)
            return
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
        label = next((str(LINKS[name]) for name in links), "")
        queue_email(message.subject, str(message.body), message.from_email, list(message.to), label)


def _refusal(request: HttpRequest, purpose: str, email: str) -> RateLimitResult | None:
    """The limit that forbids this email; None if none does."""
    attempt, mailbox = Attempt.of(request, email), f"{purpose} {mailbox_of(email)}"
    limits = [(EMAILS_BY_SENDER, f"{mailbox} {attempt.device or attempt.network}")]
    if not attempt.device:
        limits.append((EMAILS_BY_MAILBOX, mailbox))
    last = hit_all(limits)[-1]
    return None if last.allowed else last


def _login(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email") or credentials.get("username") or "")
