"""Confirmation of an email address by a code, for apps; browsers get a link."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

from accounts.auth.allauth_flows import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY,
    EmailVerificationProcess,
)
from accounts.models import User

MESSAGE = "account/email/email_code"
RESENDS_MAX = 3


class EmailCode(EmailVerificationProcess):  # type: ignore[misc]  # allauth has no types
    """allauth's process without its setting, which would apply to browsers, too.

    An address of another account gets an email that explains it, as often as others get codes,
    and every code is refused.
    """

    def send(self, skip_enumeration_mails: bool = False) -> None:
        if self.email_address.user_id:
            get_adapter().send_mail(MESSAGE, self.email, {"code": self.code})
        else:
            get_adapter().send_account_already_exists_mail(self.email)

    @classmethod
    def initiate(cls, *, request: HttpRequest, user: User | None, email: str) -> EmailCode:
        process = cls(request=request, user=user, state=cls.initial_state(user, email))
        process.generate_code()
        process.send()
        process.persist()
        return process

    @property
    def can_resend(self) -> bool:
        return not self.is_resend_quota_reached(RESENDS_MAX)

    @classmethod
    def resume(cls, request: Any) -> EmailCode | None:
        """The process of this session; None if there is none or its code expired."""
        state = request.session.get(EMAIL_VERIFICATION_CODE_SESSION_KEY)
        if not state:
            return None
        found: EmailCode | None = cls(request=request, state=state).abort_if_invalid()
        return found
