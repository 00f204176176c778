"""Passkeys: signing in, as second factor, and the account's own."""

from __future__ import annotations

from typing import Any

from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django.db import transaction
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import passkeys
from accounts.api.account_shapes import (
    CredentialSerializer,
    NewPasskeySerializer,
    PasskeyOptionsSerializer,
    PasskeySessionSerializer,
    RecoveryCodesSerializer,
    SessionSerializer,
)
from accounts.api.second_factors import FactorView, recovery_codes
from accounts.api.session_view import NO_STORE, FirstView, StepView
from accounts.auth import app_session
from accounts.auth.allauth_flows import (
    webauthn,
    webauthn_flows,
)
from accounts.auth.mfa import PasskeyForm
from accounts.errors import NothingToConfirm
from core.api.views import django_request


class PasskeySignIn(FirstView):
    @extend_schema(
        tags=["account"],
        operation_id="start_passkey_session",
        summary="Begin to sign in by a passkey",
        auth=[],
        request=None,
        responses={201: PasskeySessionSerializer},
    )
    def post(self, request: Request) -> Response:
        """The options for the device, and the token with which to complete the sign-in."""
        options = webauthn.begin_authentication()
        session: Any = django_request(request).session
        app_session.extend(session)
        document = {"token": session.session_key, "options": passkeys.plain_json(options)}
        return Response(PasskeySessionSerializer(document).data, status=201, headers=NO_STORE)


class PasskeySession(StepView):
    @extend_schema(
        tags=["account"],
        operation_id="create_passkey_session",
        summary="Sign in by a passkey",
        request=CredentialSerializer,
        responses={
            201: SessionSerializer,
            401: OpenApiResponse(description="`sign_in_failed`: the account is closed."),
        },
    )
    def post(self, request: Request) -> Response:
        """Complete the sign-in that `start_passkey_session` began."""
        wanted = CredentialSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        authenticator = passkeys.sign_in(wanted.validated_data["credential"])
        login = Login(user=authenticator.user)
        webauthn_flows.perform_passwordless_login(django_request(request), authenticator, login)
        return self.session_answer(request, 201)


class PasskeyChallenge(StepView):
    @extend_schema(
        tags=["account"],
        operation_id="create_passkey_challenge",
        summary="Options for a passkey as second factor",
        request=None,
        responses={200: PasskeyOptionsSerializer},
    )
    def post(self, request: Request) -> Response:
        """For `confirm_second_factor`, or for `confirm_identity` of a signed-in user."""
        stage = LoginStageController.enter(django_request(request), AuthenticateStage.key)
        plain_user = django_request(request).user
        user = plain_user if plain_user.is_authenticated else stage and stage.login.user
        if user is None:
            raise NothingToConfirm()
        options = passkeys.plain_json(webauthn.begin_authentication(user))
        return Response(PasskeyOptionsSerializer({"options": options}).data, headers=NO_STORE)


class Passkeys(FactorView):
    @extend_schema(
        tags=["account"],
        operation_id="start_passkey",
        summary="Begin to add a passkey",
        request=None,
        responses={200: PasskeyOptionsSerializer},
    )
    def post(self, request: Request) -> Response:
        """The options for the device; `add_passkey` adds what it makes of them."""
        user = self.require_enrolment(request)
        options = webauthn_flows.begin_registration(
            django_request(request), user, passwordless=True
        )
        document = {"options": passkeys.plain_json(options)}
        return Response(PasskeyOptionsSerializer(document).data, headers=NO_STORE)

    @extend_schema(
        tags=["account"],
        operation_id="add_passkey",
        summary="Add a passkey",
        request=NewPasskeySerializer,
        responses={200: RecoveryCodesSerializer},
    )
    def put(self, request: Request) -> Response:
        """It signs in without a password. Recovery codes come with the first second factor."""
        user = self.require_enrolment(request)
        wanted = NewPasskeySerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        values = passkeys.validated(
            PasskeyForm(wanted.validated_data | {"passwordless": True}, user=user)
        )
        with transaction.atomic():
            _factor, recovery = webauthn_flows.add_authenticator(
                django_request(request), name=values["name"], credential=values["credential"]
            )
        return recovery_codes(recovery)


class PasskeyById(FactorView):
    @extend_schema(
        tags=["account"],
        operation_id="remove_passkey",
        summary="Remove a passkey",
        request=None,
        responses={204: None},
    )
    def delete(self, request: Request, passkey_id: int) -> Response:
        """It does not sign in any more. Staff keep one second factor."""
        passkey = self.removable(request, type=Authenticator.Type.WEBAUTHN, pk=passkey_id)
        webauthn_flows.remove_authenticator(django_request(request), passkey)
        return Response(status=204, headers=NO_STORE)
