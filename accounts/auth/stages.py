"""What stands between a right password and being signed in."""

from __future__ import annotations

from allauth.account.stages import EmailVerificationStage
from django.http import HttpResponseBase

from accounts.confirmation import has_to_confirm


class ConfirmedEmailStage(EmailVerificationStage):  # type: ignore[misc]  # allauth has no types
    """Who signed up confirms their address before they are signed in.

    Else whether a sign-up was answered by being signed in would tell who has an account.
    """

    def handle(self) -> tuple[HttpResponseBase | None, bool]:
        user = self.login.user
        if user is not None and not has_to_confirm(user):
            return None, True
        answer: tuple[HttpResponseBase | None, bool] = super().handle()
        return answer
