"""allauth's second factors: secrets encrypted at rest, passkeys without a password by default."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from cryptography.fernet import Fernet, MultiFernet
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

PURPOSE = b"layar second factors:"


class SecondFactorAdapter(DefaultMFAAdapter):
    """Encrypts with a key derived from SECRET_KEY; SECRET_KEY_FALLBACKS decrypt older secrets."""

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()


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
