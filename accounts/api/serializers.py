"""Shapes of the accounts API."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from phonenumber_field.serializerfields import PhoneNumberField
from rest_framework import serializers

from accounts.forms import NAME_MAX, PHONE_REGION
from accounts.models import User
from core.api.strict import StrictFields, StrictSerializer, takes_null

EMAIL_MAX = 254
PASSWORD_MAX = 512
CODE_MAX = 20


class SignInSerializer(StrictSerializer):
    email = serializers.EmailField(max_length=EMAIL_MAX)
    password = serializers.CharField(
        max_length=PASSWORD_MAX, trim_whitespace=False, style={"input_type": "password"}
    )
    code = serializers.CharField(
        max_length=CODE_MAX,
        required=False,
        help_text="Of the second factor, where the account has one: an app's or a recovery code.",
    )


class PersonSerializer(StrictFields, serializers.ModelSerializer[User]):
    """The user's own profile. Unknown and read-only fields are refused; null clears a value."""

    name = serializers.CharField(max_length=NAME_MAX)
    phone = PhoneNumberField(required=False, allow_blank=True, region=PHONE_REGION)

    class Meta:
        model = User
        fields = ("name", "email", "phone", "wants_sms", "language")
        read_only_fields = ("email",)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            not_changeable = {
                name: [_("This cannot be changed here.")]
                for name in map(str, data)
                if name not in self.fields or self.fields[name].read_only
            }
            if not_changeable:
                raise serializers.ValidationError(not_changeable, code="not_changeable")
            data = {
                name: self._cleared(name) if data[name] is None else data[name] for name in data
            }
        return super().to_internal_value(data)

    def _cleared(self, name: str) -> Any:
        """The value of an optional field that was never set; null for a required one."""
        is_optional = takes_null(self.fields[name])
        field: Any = User._meta.get_field(name)
        return field.get_default() if is_optional else None


class SignedInSerializer(serializers.Serializer[dict[str, Any]]):
    token = serializers.CharField(help_text="Send it as `Authorization: Token <token>`.")
    expires_at = serializers.DateTimeField()
    user = PersonSerializer()
