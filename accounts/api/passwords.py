"""Resetting and changing the password, and changing the email address."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import AddEmailForm, ResetPasswordForm
from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.account_shapes import (
    EmailCodeSerializer,
    EmailSerializer,
    NewPasswordSerializer,
    PasswordChangeSerializer,
    SessionSerializer,
)
from accounts.api.session_view import (
    NO_STORE,
    FirstView,
    SessionView,
    StepView,
    checked,
    signed_in_user,
)
from accounts.api.signing_in import confirm_by_code
from accounts.auth.allauth_flows import (
    PasswordResetVerificationProcess,
    compare_user_code,
    password_change,
    password_reset,
)
from accounts.auth.email_code import EmailCode
from accounts.auth.reauthentication import CONFIRMATIONS_BY_PERSON
from accounts.errors import CodeIncorrect, NothingToConfirm, PasswordIncorrect
from accounts.idempotency import idempotent
from accounts.models import User
from core.api.views import django_request
from core.errors import FieldProblem, InvalidInput
from core.ratelimit import RateLimit

EMAIL_CHANGES_BY_PERSON = RateLimit("email_change_person", 5, 60 * 60)  # each sends an email


class PasswordReset(FirstView):
    @extend_schema(
        tags=["account"],
        operation_id="create_password_reset",
        summary="Ask for a code to choose a new password",
        auth=[],
        request=EmailSerializer,
        responses={201: SessionSerializer},
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Begin a session with the `status` `reset_password`; the code is in an email.

        The response is the same for an address without an account; the email then explains it.
        """
        wanted = EmailSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        email = wanted.validated_data["email"]
        self.consume(request, "reset_password", email.lower())
        form = ResetPasswordForm({"email": email})
        checked(form)
        PasswordResetVerificationProcess.initiate(
            request=django_request(request), user=next(iter(form.users), None), email=email
        )
        return self.session_answer(request, 201)


class PasswordResetCompletion(StepView):
    @extend_schema(
        tags=["account"],
        operation_id="complete_password_reset",
        summary="Choose a new password",
        request=NewPasswordSerializer,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        """Set the password by the code of the email. It ends every session of the account."""
        wanted = NewPasswordSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        values, plain = wanted.validated_data, django_request(request)
        process = PasswordResetVerificationProcess.resume(plain)
        if process is None:
            raise NothingToConfirm()
        if not process.user or not compare_user_code(actual=values["code"], expected=process.code):
            process.record_invalid_attempt()
            raise CodeIncorrect()
        _check_new_password(values["password"], process.user, "password")
        password_reset.reset_password(process.user, values["password"])
        process.confirm_code()
        process.finish()
        plain.session.flush()
        return Response(status=204, headers=NO_STORE)


class Password(SessionView):
    @extend_schema(
        tags=["account"],
        operation_id="change_password",
        summary="Change the password",
        request=PasswordChangeSerializer,
        responses={200: SessionSerializer},
    )
    def put(self, request: Request) -> Response:
        """It ends every other session; this one goes on with another token."""
        wanted = PasswordChangeSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        values, user = wanted.validated_data, signed_in_user(request)
        self.enforce(CONFIRMATIONS_BY_PERSON, f"user:{user.pk}")
        if not user.check_password(values["current_password"]):
            raise PasswordIncorrect()
        _check_new_password(values["new_password"], user, "new_password")
        password_change.change_password(user, values["new_password"])
        password_change.finalize_password_change(django_request(request), user)
        return self.session_answer(request)


class EmailChange(SessionView):
    @extend_schema(
        tags=["account"],
        operation_id="start_email_change",
        summary="Use another email address",
        request=EmailSerializer,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        """Send a code to the new address. The former one stays until it is confirmed."""
        self.require_recent(request)
        wanted = EmailSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        user, plain = signed_in_user(request), django_request(request)
        form = AddEmailForm(user, {"email": wanted.validated_data["email"]})
        email = checked(form)["email"]
        self.enforce(EMAIL_CHANGES_BY_PERSON, f"user:{user.pk}")
        is_taken = User.objects.filter(email__iexact=email).exists()
        EmailCode.initiate(request=plain, user=None if is_taken else user, email=email)
        return Response(status=204, headers=NO_STORE)


class EmailChangeConfirmation(SessionView):
    @extend_schema(
        tags=["account"],
        operation_id="confirm_email_change",
        summary="Confirm the new email address",
        request=EmailCodeSerializer,
        responses={200: SessionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Send the code of the email; from then on the new address signs in."""
        confirm_by_code(request)
        signed_in_user(request).refresh_from_db()
        return self.session_answer(request)


def _check_new_password(password: str, user: Any, field: str) -> None:
    try:
        get_adapter().clean_password(password, user=user)
    except ValidationError as refusal:
        raise InvalidInput.of(
            [
                FieldProblem(field, str(error.code or "invalid"), message)
                for error in refusal.error_list
                for message in map(str, error.messages)
            ]
        ) from None
