"""Flows of allauth that are not its public API: everything else imports them from here.

They are what its own pages call. ``tests/runtime/test_private_apis.py`` names the version.
"""

from __future__ import annotations

from allauth.account.internal.flows import password_change, password_reset
from allauth.account.internal.flows.email_verification import login_on_verification
from allauth.account.internal.flows.email_verification_by_code import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY,
    EmailVerificationProcess,
)
from allauth.account.internal.flows.login import perform_password_login, record_authentication
from allauth.account.internal.flows.password_reset_by_code import PasswordResetVerificationProcess
from allauth.account.internal.flows.signup import complete_signup
from allauth.account.internal.stagekit import get_pending_stage
from allauth.core.internal import ratelimit
from allauth.core.internal.cryptokit import compare_user_code
from allauth.core.internal.sessionkit import get_session_user
from allauth.mfa.recovery_codes.internal.flows import generate_recovery_codes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.totp.internal.flows import activate_totp, deactivate_totp
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.mfa.webauthn.internal import flows as webauthn_flows

__all__ = [
    "EMAIL_VERIFICATION_CODE_SESSION_KEY",
    "EmailVerificationProcess",
    "PasswordResetVerificationProcess",
    "activate_totp",
    "compare_user_code",
    "complete_signup",
    "deactivate_totp",
    "generate_recovery_codes",
    "get_pending_stage",
    "get_session_user",
    "login_on_verification",
    "password_change",
    "password_reset",
    "perform_password_login",
    "ratelimit",
    "record_authentication",
    "totp",
    "webauthn",
    "webauthn_flows",
]
