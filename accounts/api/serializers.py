"""Shapes of the accounts API."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from phonenumber_field.serializerfields import PhoneNumberField
from rest_framework import serializers

from accounts.forms import NAME_MAX, PHONE_REGION
from accounts.models import User

EMAIL_MAX = 254
PASSWORD_MAX = 512
CODE_MAX = 20


class SignInSerializer(serializers.Serializer[dict[str, str]]):
    email = serializers.EmailField(max_length=EMAIL_MAX)
    password = serializers.CharField(
        max_length=PASSWORD_MAX, trim_whitespace=False, style={"input_type": "password"}
    )
    code = serializers.CharField(
        max_length=CODE_MAX,
        required=False,
        help_text="Of the second factor, where the account has one: an app's or a recovery code.",
    )


class PersonSerializer(serializers.ModelSerializer[User]):
    """The user's own profile. Unknown and read-only fields are refused."""

    refuses_unknown_fields = True  # for the schema

    name = serializers.CharField(max_length=NAME_MAX)
    phone = PhoneNumberField(required=False, allow_blank=True, region=PHONE_REGION)

    class Meta:
        model = User
        fields = ("name", "email", "phone", "wants_sms", "language")
        read_only_fields = ("email",)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            changeable = {name for name, field in self.fields.items() if not field.read_only}
            not_changeable = {
                name: [_("This cannot be changed here.")]
                for name in map(str, data)
                if name not in changeable
            }
            if not_changeable:
                raise serializers.ValidationError(not_changeable, code="not_changeable")
        return super().to_internal_value(data)


class SignedInSerializer(serializers.Serializer[dict[str, Any]]):
    token = serializers.CharField(help_text="Send it as `Authorization: Token <token>`.")
    expires_at = serializers.DateTimeField()
    user = PersonSerializer()
