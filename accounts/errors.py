"""Refusals of the account's API."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput, LayarError, NotFound, Refused


class CodeIncorrect(InvalidInput):
    code = "code_incorrect"
    message = _("That code is not right.")


class NothingToConfirm(Refused):
    """There is no open step: it was completed, its code expired, or too many were wrong."""

    code = "nothing_to_confirm"
    message = _("This code is not valid any more. Please start again.")


class SignInAgain(LayarError):
    code = "sign_in_again"
    status = 403
    message = _("Please confirm that it is you: sign in again.")


class InvitationNeeded(LayarError):
    code = "invitation_needed"
    status = 403
    message = _("Staff need an invitation to set up a second step.")


class SecondFactorKept(Refused):
    code = "second_factor_kept"
    message = _("Staff keep a second step: set up another one before you remove this one.")


class SecondFactorExists(Refused):
    code = "second_factor_exists"
    message = _("This second step is set up already.")


class SecondFactorNotFound(NotFound):
    code = "second_factor_not_found"
    message = _("There is no such second step.")


class SessionNotFound(NotFound):
    code = "session_not_found"
    message = _("There is no such session.")


class AccountNotDeletable(Refused):
    code = "account_not_deletable"
    message = _("This account cannot be deleted yet.")


class PasskeyRefused(InvalidInput):
    code = "passkey_refused"
    message = _("This passkey was not accepted.")


class PasswordIncorrect(InvalidInput):
    code = "password_incorrect"
    message = _("That is not right. Please try again.")
