"""Shapes of the account's operations."""

from __future__ import annotations

from typing import Any

from phonenumber_field.serializerfields import PhoneNumberField
from rest_framework import serializers

from accounts.api.serializers import CODE_MAX, EMAIL_MAX, PASSWORD_MAX, PersonSerializer
from accounts.auth.app_session import DEVICE_MAX
from accounts.forms import NAME_MAX, PHONE_REGION
from core.api.strict import StrictSerializer

STATUSES = ("signed_in", "confirm_email", "second_factor", "reset_password")
SESSION_KINDS = ("app", "browser")
PASSKEY_NAME_MAX = 100


def password_field(**more: Any) -> serializers.CharField:
    return serializers.CharField(
        max_length=PASSWORD_MAX,
        trim_whitespace=False,
        style={"input_type": "password"},
        **more,
    )


def device_field() -> serializers.CharField:
    return serializers.CharField(
        max_length=DEVICE_MAX,
        required=False,
        help_text="Name of the device, for the list of sessions.",
    )


class NewAccountSerializer(StrictSerializer):
    email = serializers.EmailField(max_length=EMAIL_MAX)
    password = password_field()
    name = serializers.CharField(max_length=NAME_MAX)
    phone = PhoneNumberField(required=False, region=PHONE_REGION)
    device = device_field()


class NewSessionSerializer(StrictSerializer):
    email = serializers.EmailField(max_length=EMAIL_MAX)
    password = password_field()
    device = device_field()


class EmailCodeSerializer(StrictSerializer):
    code = serializers.CharField(max_length=CODE_MAX)


class EmailSerializer(StrictSerializer):
    email = serializers.EmailField(max_length=EMAIL_MAX)


class NewPasswordSerializer(StrictSerializer):
    code = serializers.CharField(max_length=CODE_MAX)
    password = password_field()


class PasswordChangeSerializer(StrictSerializer):
    current_password = password_field()
    new_password = password_field()


class PasswordSerializer(StrictSerializer):
    password = password_field()


class SecondFactorSerializer(StrictSerializer):
    code = serializers.CharField(
        max_length=CODE_MAX, required=False, help_text="Of the app, or a recovery code."
    )
    credential = serializers.DictField(
        required=False, help_text="PublicKeyCredential of a passkey, as WebAuthn's JSON."
    )


class IdentitySerializer(SecondFactorSerializer):
    password = password_field(required=False)


class SessionSerializer(serializers.Serializer[dict[str, Any]]):
    token = serializers.CharField(help_text="Send it as `Authorization: Bearer <token>`.")
    status = serializers.ChoiceField(
        choices=STATUSES,
        help_text="`signed_in`, or the step that comes next: `confirm_email`, `second_factor`, "
        "`reset_password`.",
    )
    expires_at = serializers.DateTimeField()
    second_factors = serializers.ListField(
        child=serializers.CharField(),
        help_text="With `second_factor`: `totp`, `webauthn`, `recovery_codes`.",
    )
    user = PersonSerializer(allow_null=True, help_text="Null before `signed_in`.")


class DeviceSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=SESSION_KINDS)
    device = serializers.CharField(help_text="Empty for browsers.")
    authenticated_at = serializers.DateTimeField(
        allow_null=True, help_text="When a password, code or passkey was last given."
    )
    expires_at = serializers.DateTimeField()
    is_current = serializers.BooleanField()


class CredentialSerializer(StrictSerializer):
    credential = serializers.DictField(help_text="PublicKeyCredential as WebAuthn's JSON.")


class NewPasskeySerializer(CredentialSerializer):
    name = serializers.CharField(max_length=PASSKEY_NAME_MAX, required=False)


class PasskeyOptionsSerializer(serializers.Serializer[dict[str, Any]]):
    options = serializers.DictField(help_text="WebAuthn's JSON, with `publicKey`.")


class PasskeySessionSerializer(PasskeyOptionsSerializer):
    token = serializers.CharField(help_text="Send it as `Authorization: Bearer <token>`.")


class FactorSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    type = serializers.CharField(help_text="`totp`, `webauthn` or `recovery_codes`.")
    name = serializers.CharField(help_text="Of a passkey.")
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)


class TotpSecretSerializer(serializers.Serializer[dict[str, Any]]):
    secret = serializers.CharField()
    url = serializers.CharField(help_text="`otpauth:` address, for a link or a QR code.")


class RecoveryCodesSerializer(serializers.Serializer[dict[str, Any]]):
    recovery_codes = serializers.ListField(
        child=serializers.CharField(), help_text="Empty if there were some already."
    )


class PersonalDataSerializer(serializers.Serializer[dict[str, Any]]):
    sections = serializers.DictField(help_text="Everything that is stored, by section.")
