"""Login stage after a correct password: the address must be confirmed."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage
from django.contrib.auth.hashers import make_password
from django.http import HttpResponse, HttpResponseBase

from accounts.auth.app_session import is_app
from accounts.auth.email_code import EmailCode
from accounts.models import User


def must_confirm_address(user: User) -> bool:
    """Whether this person signed up and has not confirmed any address yet.

    A sign-up makes its address the primary one. For accounts created by staff or a command
    allauth also adds an address when a password reset is requested, but never as primary:
    its creator vouched for the address.
    """
    addresses = EmailAddress.objects.filter(user=user)
    known = list(addresses.values_list("primary", "verified"))
    return (True, False) in known and not any(verified for _primary, verified in known)


class ConfirmedEmailStage(EmailVerificationStage):  # type: ignore[misc]  # allauth has no types
    """Requires a confirmed address after a sign-up.

    Otherwise being signed in by a sign-up would reveal that the address had no account. An app gets
    a code by email, a browser a link. A sign-up with the address of an account has no user; it
    hashes a password like any other, so that both take the same time.
    """

    def handle(self) -> tuple[HttpResponseBase | None, bool]:
        user = self.login.user
        if user is None:
            make_password(self.login.email)
        if user is not None and not must_confirm_address(user):
            return None, True
        if is_app(self.request.session):
            email = self.login.email or user.email
            EmailCode.initiate(request=self.request, user=user, email=email)
            return HttpResponse(status=204), True
        answer: tuple[HttpResponseBase | None, bool] = super().handle()
        return answer
