"""Signing up, signing in, and the sessions of the account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allauth.account.forms import SignupForm
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.stages import AuthenticateStage
from django.contrib.auth import logout
from django.db import IntegrityError, transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import passkeys
from accounts.api.account_shapes import (
    DeviceSerializer,
    EmailCodeSerializer,
    NewAccountSerializer,
    NewSessionSerializer,
    SecondFactorSerializer,
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
from accounts.api.tokens import checked_password
from accounts.auth import app_session
from accounts.auth.allauth_flows import (
    compare_user_code,
    complete_signup,
    login_on_verification,
    perform_password_login,
)
from accounts.auth.email_code import EmailCode
from accounts.errors import CodeIncorrect, NothingToConfirm, SessionNotFound
from accounts.idempotency import idempotent
from accounts.models import User
from accounts.staff_access.sign_out import sign_out_everywhere
from core.api.views import django_request
from core.ratelimit import SIGN_IN_BY_ADDRESS, RateLimit

SIGN_IN_FAILED = OpenApiResponse(description="`sign_in_failed`: email or password is wrong.")


class Account(FirstView):
    @extend_schema(
        tags=["account"],
        operation_id="create_account",
        summary="Sign up",
        auth=[],
        request=NewAccountSerializer,
        responses={201: SessionSerializer},
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Create an account; the `status` is `confirm_email`, and the code is in an email.

        The response is the same for an address with an account; the email then explains it.
        """
        wanted = NewAccountSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        values = wanted.validated_data
        plain: Any = django_request(request)
        self.consume(request, "signup", values["email"].lower())
        plain.session[app_session.DEVICE_KEY] = values.get("device", "")
        form = SignupForm(
            data={
                "email": values["email"],
                "password1": values["password"],
                "name": values["name"],
                "phone": str(values.get("phone", "")),
            }
        )
        checked(form, names={"password1": "password"})
        with transaction.atomic():  # without an email there is no account
            user, response = form.try_save(plain)
            if response is None:
                complete_signup(plain, user=user)
        return self.session_answer(request, 201)


class EmailConfirmation(StepView):
    @extend_schema(
        tags=["account"],
        operation_id="confirm_email",
        summary="Confirm the address of a new account",
        request=EmailCodeSerializer,
        responses={200: SessionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Send the code of the email; the session is `signed_in` then, with another token."""
        confirm_by_code(request)
        return self.session_answer(request)


class EmailConfirmationCode(StepView):
    @extend_schema(
        tags=["account"],
        operation_id="resend_email_code",
        summary="Send the code for the address again",
        request=None,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        """Send another code; the former one is not valid any more. At most three times."""
        process = EmailCode.resume(django_request(request))
        if process is None or not process.can_resend:
            raise NothingToConfirm()
        process.resend()
        return Response(status=204, headers=NO_STORE)


class Sessions(SessionView):
    def get_authenticators(self) -> list[BaseAuthentication]:
        # An expired token that an app still sends must not prevent signing in.
        if self.request is not None and self.request.method == "POST":
            return []
        return super().get_authenticators()

    def limits_of(self, request: Request) -> Sequence[RateLimit]:
        return (SIGN_IN_BY_ADDRESS,) if request.method == "POST" else self.limits

    def get_permissions(self) -> Sequence[Any]:
        return [] if self.request.method == "POST" else super().get_permissions()

    @extend_schema(
        tags=["account"],
        operation_id="create_session",
        summary="Sign in",
        auth=[],
        request=NewSessionSerializer,
        responses={201: SessionSerializer, 401: SIGN_IN_FAILED},
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Begin a session by email and password.

        With a second factor its `status` is `second_factor`. With `X-Visitor` the holds of the
        installation become the account's.
        """
        wanted = NewSessionSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        values, plain = wanted.validated_data, django_request(request)
        email = values["email"]
        plain.session[app_session.DEVICE_KEY] = values.get("device", "")
        user, attempt = checked_password(self, request, email, values["password"])
        attempt.succeed()
        perform_password_login(plain, {"email": email}, Login(user=user, email=email))
        return self.session_answer(request, 201)

    @extend_schema(
        tags=["account"],
        operation_id="list_sessions",
        summary="Where the account is signed in",
        responses={200: DeviceSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Apps and browsers, the latest first; at most 100."""
        user = signed_in_user(request)
        found = app_session.devices(user, request.auth, timezone.now())
        return Response(DeviceSerializer(found, many=True).data, headers=NO_STORE)

    @extend_schema(
        tags=["account"],
        operation_id="end_sessions",
        summary="Sign out everywhere",
        request=None,
        responses={204: None},
    )
    def delete(self, request: Request) -> Response:
        """End all sessions of the account, this one too."""
        sign_out_everywhere(signed_in_user(request))
        django_request(request).session.flush()
        return Response(status=204, headers=NO_STORE)


class SessionById(SessionView):
    @extend_schema(
        tags=["account"],
        operation_id="end_session",
        summary="Sign out somewhere else",
        request=None,
        responses={204: None},
    )
    def delete(self, request: Request, session_id: str) -> Response:
        """End one session of `list_sessions`."""
        user, current, at = signed_in_user(request), django_request(request).session, timezone.now()
        if not app_session.end_device(user, session_id, current, at):
            raise SessionNotFound()
        return Response(status=204, headers=NO_STORE)


class CurrentSession(SessionView):
    @extend_schema(
        tags=["account"],
        operation_id="get_session",
        summary="This session",
        responses={200: SessionSerializer},
    )
    def get(self, request: Request) -> Response:
        """Until when it lasts, and who is signed in. It does not make it last longer."""
        return self.document(request)

    @extend_schema(
        tags=["account"],
        operation_id="end_current_session",
        summary="Sign out",
        request=None,
        responses={204: None},
    )
    def delete(self, request: Request) -> Response:
        """End this session."""
        logout(django_request(request))
        return Response(status=204, headers=NO_STORE)


class SessionRefresh(SessionView):
    @extend_schema(
        tags=["account"],
        operation_id="refresh_session",
        summary="Make this session last longer",
        request=None,
        responses={200: SessionSerializer},
    )
    def post(self, request: Request) -> Response:
        """The token stays; it lasts 30 days from now. Do it about once a day."""
        return self.session_answer(request)


class SecondFactor(StepView):
    @extend_schema(
        tags=["account"],
        operation_id="confirm_second_factor",
        summary="Give the second factor",
        request=SecondFactorSerializer,
        responses={200: SessionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Complete a sign-in by a `code`, or by the `credential` of a passkey."""
        wanted = SecondFactorSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        stage = LoginStageController.enter(django_request(request), AuthenticateStage.key)
        if stage is None:
            raise NothingToConfirm()
        values = wanted.validated_data
        if "credential" in values:
            passkeys.authenticate(stage.login.user, values["credential"])
        else:
            form = AuthenticateForm({"code": values.get("code", "")}, user=stage.login.user)
            checked(form)
            form.save()
        stage.exit()
        return self.session_answer(request)


def confirm_by_code(request: Request) -> None:
    """Confirm the address of the open process. Raises NothingToConfirm or CodeIncorrect."""
    wanted = EmailCodeSerializer(data=request.data)
    wanted.is_valid(raise_exception=True)
    plain = django_request(request)
    process = EmailCode.resume(plain)
    if process is None:
        raise NothingToConfirm()
    if not process.user or not compare_user_code(
        actual=wanted.validated_data["code"], expected=process.code
    ):
        process.record_invalid_attempt()
        raise CodeIncorrect()
    try:
        with transaction.atomic():
            # Locked, so that two confirmations of one user come one after the other.
            User.objects.select_for_update().get(pk=process.user.pk)
            taken = User.objects.filter(email__iexact=process.email).exclude(pk=process.user.pk)
            address = None if taken.exists() else process.finish()
            if address is None:  # confirmed, or taken, in the meantime
                raise NothingToConfirm()
            login_on_verification(plain, address)
    except IntegrityError:  # taken at this moment
        raise NothingToConfirm() from None
