"""How a passkey is set up here: it signs in alone, unless somebody unticks that."""

from __future__ import annotations

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _


class PasskeyForm(AddWebAuthnForm):
    """For a security key that has no room for a passkey, the tick can be taken away."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name: forms.Field = self.fields["name"]
        name.label = _("Name")
        alone: forms.Field = self.fields["passwordless"]
        alone.label = _("Signs in without a password")
        alone.help_text = _("Your device asks for a fingerprint, a face or its PIN instead.")
        alone.initial = True
