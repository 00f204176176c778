"""API routes of this app, under /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern

from accounts.api import passkey_views, passwords, personal_data, second_factors, signing_in, views
from core.api.paths import api_path

urlpatterns: list[URLPattern] = [
    *api_path("auth/token", views.Token.as_view(), name="api-token"),
    *api_path("me", views.Me.as_view(), name="api-me"),
    *api_path("account", signing_in.Account.as_view(), name="api-account"),
    *api_path(
        "account/confirmation",
        signing_in.EmailConfirmation.as_view(),
        name="api-email-confirmation",
    ),
    *api_path(
        "account/confirmation/code",
        signing_in.EmailConfirmationCode.as_view(),
        name="api-email-code",
    ),
    *api_path("account/sessions", signing_in.Sessions.as_view(), name="api-sessions"),
    *api_path(
        "account/sessions/passkey",
        passkey_views.PasskeySession.as_view(),
        name="api-passkey-session",
    ),
    *api_path(
        "account/sessions/passkey/options",
        passkey_views.PasskeySignIn.as_view(),
        name="api-passkey-sign-in",
    ),
    *api_path(
        "account/sessions/<slug:session_id>",
        signing_in.SessionById.as_view(),
        name="api-session-by-id",
    ),
    *api_path("account/session", signing_in.CurrentSession.as_view(), name="api-session"),
    *api_path(
        "account/session/refresh", signing_in.SessionRefresh.as_view(), name="api-session-refresh"
    ),
    *api_path(
        "account/session/second-factor",
        signing_in.SecondFactor.as_view(),
        name="api-second-factor",
    ),
    *api_path(
        "account/session/passkey-challenge",
        passkey_views.PasskeyChallenge.as_view(),
        name="api-passkey-challenge",
    ),
    *api_path("account/session/identity", second_factors.Identity.as_view(), name="api-identity"),
    *api_path(
        "account/password-reset", passwords.PasswordReset.as_view(), name="api-password-reset"
    ),
    *api_path(
        "account/password-reset/completion",
        passwords.PasswordResetCompletion.as_view(),
        name="api-password-reset-completion",
    ),
    *api_path("account/password", passwords.Password.as_view(), name="api-password"),
    *api_path("account/email", passwords.EmailChange.as_view(), name="api-email-change"),
    *api_path(
        "account/email/confirmation",
        passwords.EmailChangeConfirmation.as_view(),
        name="api-email-change-confirmation",
    ),
    *api_path("account/second-factors", second_factors.Factors.as_view(), name="api-factors"),
    *api_path("account/totp", second_factors.Totp.as_view(), name="api-totp"),
    *api_path(
        "account/recovery-codes",
        second_factors.RecoveryCodes.as_view(),
        name="api-recovery-codes",
    ),
    *api_path("account/passkeys", passkey_views.Passkeys.as_view(), name="api-passkeys"),
    *api_path(
        "account/passkeys/<int:passkey_id>",
        passkey_views.PasskeyById.as_view(),
        name="api-passkey",
    ),
    *api_path("account/data", personal_data.PersonalData.as_view(), name="api-personal-data"),
    *api_path("account/deletion", personal_data.Deletion.as_view(), name="api-deletion"),
]
