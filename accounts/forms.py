"""Forms for sign-up and profile."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from accounts.models import User

NAME_MAX = 120
PHONE_REGION = "ID"


def name_field() -> forms.CharField:
    return forms.CharField(
        label=_("Name"),
        max_length=NAME_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Please tell us your name.")},
    )


def phone_field(help_text: Any = "") -> Any:
    """Phone field that accepts 08…, 62… and +62…; numbers of other countries begin with +."""
    return PhoneNumberField(
        label=_("Mobile phone"),
        required=False,
        region=PHONE_REGION,
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "tel", "placeholder": "0812 3456 7890"}
        ),
        help_text=help_text,
        error_messages={"invalid": _("This is not a phone number, such as 0812 3456 7890.")},
    )


class SignupForm(forms.Form):
    """Sign-up fields besides email and password; the adapter saves them."""

    name = name_field()
    phone = phone_field()

    field_order = ("name", "email", "phone", "password1")

    def signup(self, request: HttpRequest, user: User) -> None:
        """Required by allauth; ``AccountAdapter.save_user`` has saved everything."""


class ProfileForm(forms.ModelForm[User]):
    name = name_field()
    phone = phone_field()

    class Meta:
        model = User
        fields = ("name", "phone", "wants_sms", "language")
        widgets = {"language": forms.Select(attrs={"autocomplete": "language"})}
        help_texts = {"language": _("For the emails and messages that we send you.")}


class NewPasswordForm(forms.Form):
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password
