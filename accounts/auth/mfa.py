"""Second factors of allauth: secrets encrypted at rest, passkeys without a password by default."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from cryptography.fernet import Fernet, MultiFernet
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.auth.session import SECOND_FACTORS

PURPOSE = b"layar second factors:"


class SecondFactorAdapter(DefaultMFAAdapter):
    """Encrypts with a key derived from SECRET_KEY; SECRET_KEY_FALLBACKS decrypt older secrets."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": _(
            "Staff keep a second step: set up another one before you remove this one."
        )
    }

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Staff must retain one factor: without it they could not set up another one."""
        if not authenticator.user.is_staff or authenticator.type not in SECOND_FACTORS:
            return True
        others = Authenticator.objects.filter(user=authenticator.user_id, type__in=SECOND_FACTORS)
        return bool(others.exclude(pk=authenticator.pk).exists())


class PasskeyForm(AddWebAuthnForm):
    """Passwordless by default; a security key without storage needs the box unticked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name: forms.Field = self.fields["name"]
        name.label = _("Name")
        passwordless: forms.Field = self.fields["passwordless"]
        passwordless.label = _("Signs in without a password")
        passwordless.help_text = _("Your device asks for a fingerprint, a face or its PIN instead.")
        passwordless.initial = True


def _fernet() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(secret)) for secret in secrets])


def _key(secret: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(PURPOSE + secret.encode()).digest())
