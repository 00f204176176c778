"""What stands between a right password and being signed in."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage
from django.http import HttpResponseBase


class ConfirmedEmailStage(EmailVerificationStage):  # type: ignore[misc]  # allauth has no types
    """Who signed up confirms their address before they are signed in.

    Else whether a sign-up was answered by being signed in would tell who has an account. People
    whom staff or a command made have no address to confirm: somebody knew whose it was.
    """

    def handle(self) -> tuple[HttpResponseBase | None, bool]:
        user = self.login.user
        if user is not None and not EmailAddress.objects.filter(user=user).exists():
            return None, True
        answer: tuple[HttpResponseBase | None, bool] = super().handle()
        return answer
