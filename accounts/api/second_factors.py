"""Authenticator app and recovery codes; confirming that it is you."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import passkeys
from accounts.api.account_shapes import (
    EmailCodeSerializer,
    FactorSerializer,
    IdentitySerializer,
    RecoveryCodesSerializer,
    SessionSerializer,
    TotpSecretSerializer,
)
from accounts.api.session_view import (
    NO_STORE,
    SessionView,
    checked,
    signed_in_user,
)
from accounts.auth.allauth_flows import (
    activate_totp,
    deactivate_totp,
    generate_recovery_codes,
    record_authentication,
    totp,
)
from accounts.auth.enrolment import may_enrol
from accounts.auth.reauthentication import CONFIRMATIONS_BY_PERSON
from accounts.errors import (
    InvitationNeeded,
    NothingToConfirm,
    PasswordIncorrect,
    SecondFactorExists,
    SecondFactorKept,
    SecondFactorNotFound,
)
from accounts.models import User
from core.api.views import django_request

Type = Authenticator.Type


class Identity(SessionView):
    @extend_schema(
        tags=["account"],
        operation_id="confirm_identity",
        summary="Confirm that it is you",
        request=IdentitySerializer,
        responses={200: SessionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Give the `password`, a `code` or the `credential` of a passkey again.

        Needed within ten minutes before changes of the email address and of second factors.
        """
        wanted = IdentitySerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        values, user = wanted.validated_data, signed_in_user(request)
        self.enforce(CONFIRMATIONS_BY_PERSON, f"user:{user.pk}")
        if "credential" in values:
            passkeys.confirm(user, values["credential"])
        elif "code" in values:
            form = ReauthenticateForm({"code": values["code"]}, user=user)
            checked(form)
            form.save()
        elif user.check_password(values.get("password", "")):
            record_authentication(
                django_request(request), user, method="password", reauthenticated=True
            )
        else:
            raise PasswordIncorrect()
        return self.session_answer(request)


class FactorView(SessionView):
    def require_enrolment(self, request: Request) -> User:
        """The user, who may set up a second factor. Raises SignInAgain or InvitationNeeded."""
        self.require_recent(request)
        user = signed_in_user(request)
        if not may_enrol(django_request(request).session, user, timezone.now()):
            raise InvitationNeeded()
        return user

    def removable(self, request: Request, **which: Any) -> Authenticator:
        self.require_recent(request)
        mine = Authenticator.objects.filter(user=signed_in_user(request))
        factor = mine.filter(**which).first()
        if factor is None:
            raise SecondFactorNotFound()
        if not get_adapter().can_delete_authenticator(factor):
            raise SecondFactorKept()
        return factor


class Factors(SessionView):
    @extend_schema(
        tags=["account"],
        operation_id="list_second_factors",
        summary="Second factors of the account",
        responses={200: FactorSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Authenticator app, passkeys and recovery codes, the oldest first."""
        rows = Authenticator.objects.filter(user=signed_in_user(request)).order_by("pk")
        found = [
            {
                "id": row.pk,
                "type": row.type,
                "name": row.wrap().name if row.type == Type.WEBAUTHN else "",
                "created_at": row.created_at,
                "last_used_at": row.last_used_at,
            }
            for row in rows
        ]
        return Response(FactorSerializer(found, many=True).data, headers=NO_STORE)


class Totp(FactorView):
    @extend_schema(
        tags=["account"],
        operation_id="start_totp",
        summary="Begin to set up an authenticator app",
        request=None,
        responses={200: TotpSecretSerializer},
    )
    def post(self, request: Request) -> Response:
        """The secret for the app; `activate_totp` sets it up."""
        user = self.require_enrolment(request)
        if Authenticator.objects.filter(user=user, type=Type.TOTP).exists():
            raise SecondFactorExists()
        secret = totp.get_totp_secret(regenerate=True)
        document = {"secret": secret, "url": get_adapter().build_totp_url(user, secret)}
        return Response(TotpSecretSerializer(document).data, headers=NO_STORE)

    @extend_schema(
        tags=["account"],
        operation_id="activate_totp",
        summary="Set up the authenticator app",
        request=EmailCodeSerializer,
        responses={200: RecoveryCodesSerializer},
    )
    def put(self, request: Request) -> Response:
        """Send the app's first code. The recovery codes are shown this once."""
        user = self.require_enrolment(request)
        wanted = EmailCodeSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        if Authenticator.objects.filter(user=user, type=Type.TOTP).exists():
            raise SecondFactorExists()
        if totp.SECRET_SESSION_KEY not in django_request(request).session:
            raise NothingToConfirm()
        form = ActivateTOTPForm({"code": wanted.validated_data["code"]}, user=user)
        checked(form)
        _factor, recovery = activate_totp(django_request(request), form)
        return recovery_codes(recovery)

    @extend_schema(
        tags=["account"],
        operation_id="remove_totp",
        summary="Remove the authenticator app",
        request=None,
        responses={204: None},
    )
    def delete(self, request: Request) -> Response:
        """Sign in without it from now on. Staff keep one second factor."""
        deactivate_totp(django_request(request), self.removable(request, type=Type.TOTP))
        return Response(status=204, headers=NO_STORE)


class RecoveryCodes(FactorView):
    @extend_schema(
        tags=["account"],
        operation_id="create_recovery_codes",
        summary="Make new recovery codes",
        request=None,
        responses={200: RecoveryCodesSerializer},
    )
    def post(self, request: Request) -> Response:
        """The former ones are not valid any more. They are shown this once."""
        user = self.require_enrolment(request)
        if not Authenticator.objects.filter(user=user).exists():
            raise SecondFactorNotFound()
        return recovery_codes(generate_recovery_codes(django_request(request)))


def recovery_codes(recovery: Authenticator | None) -> Response:
    """The codes that were made just now; empty if there were some already."""
    codes: list[str] = []
    if recovery is not None:
        wrapped = recovery.wrap()
        codes = wrapped.get_unused_codes()
        wrapped.mark_as_viewed()
    document = RecoveryCodesSerializer({"recovery_codes": codes}).data
    return Response(document, headers=NO_STORE)
