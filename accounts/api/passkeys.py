"""Passkeys in requests of the API: what apps send, and the errors of the library below allauth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.serializers.json import DjangoJSONEncoder
from rest_framework.exceptions import Throttled

from accounts.api.session_view import ALLAUTH_WAIT_SECONDS, RATE_LIMITED
from accounts.errors import PasskeyRefused
from accounts.models import User

# What the library raises for a credential that is no credential.
MALFORMED = (TypeError, ValueError, KeyError, AttributeError, IndexError, AssertionError)


def plain_json(options: Mapping[str, Any]) -> dict[str, Any]:
    """WebAuthn's options as values that every renderer knows."""
    loaded: dict[str, Any] = json.loads(json.dumps(dict(options), cls=DjangoJSONEncoder))
    return loaded


def validated(form: forms.Form) -> dict[str, Any]:
    """The form's values. Raises PasskeyRefused or Throttled."""
    try:
        is_valid = form.is_valid()
    except MALFORMED:
        raise PasskeyRefused() from None
    if is_valid:
        return form.cleaned_data
    codes = {error.code for errors in form.errors.as_data().values() for error in errors}
    if codes & RATE_LIMITED:
        raise Throttled(wait=ALLAUTH_WAIT_SECONDS)
    raise PasskeyRefused()


def authenticate(user: User, credential: dict[str, Any]) -> None:
    """Record the passkey as the second factor of this sign-in."""
    form = AuthenticateWebAuthnForm({"credential": credential}, user=user)
    validated(form)
    form.save()


def confirm(user: User, credential: dict[str, Any]) -> None:
    """Record that the signed-in user gave the passkey just now."""
    form = ReauthenticateWebAuthnForm({"credential": credential}, user=user)
    validated(form)
    form.save()


def sign_in(credential: dict[str, Any]) -> Authenticator:
    """The passkey that signs its user in without a password."""
    form = LoginWebAuthnForm({"credential": credential})
    return validated(form)["credential"]
