"""/api/v1/auth/token and /api/v1/me."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import signals
from accounts.api.serializers import PersonSerializer, SignedInSerializer, SignInSerializer
from accounts.api.tokens import checked_password, is_code_valid, issue_token
from accounts.auth.session import has_second_factor
from accounts.auth.throttle import remember_app
from accounts.idempotency import idempotent
from accounts.models import User
from core.api.deprecation import Deprecation
from core.api.limits import LimitedView
from core.ratelimit import PROFILE_BY_ACCOUNT, SIGN_IN_BY_ADDRESS

NO_STORE = {"Cache-Control": "private, no-store"}


def signed_in(request: Request) -> User:
    return cast(User, request.user)  # guaranteed by the permission


class Token(LimitedView):
    """Sign in and sign out by tokens without steps, for apps that were built before sessions."""

    limits = (SIGN_IN_BY_ADDRESS,)
    deprecation = Deprecation(
        since=date(2026, 12, 1),
        sunset=date(2027, 7, 1),
        instead="create_session` and `end_current_session",
    )

    def get_authenticators(self) -> list[BaseAuthentication]:
        # An expired token that a client still sends must not prevent signing in.
        if self.request is not None and self.request.method == "POST":
            return []
        return super().get_authenticators()

    def get_permissions(self) -> list[BasePermission]:
        return [IsAuthenticated()] if self.request.method == "DELETE" else []

    def get_authenticate_header(self, request: Request) -> str:
        return "Token"

    @extend_schema(
        tags=["account"],
        operation_id="sign_in",
        summary="Sign in",
        auth=[],
        request=SignInSerializer,
        responses={
            201: SignedInSerializer,
            401: OpenApiResponse(
                description="`sign_in_failed`: email, password or code is wrong, or the email "
                "is not confirmed yet; "
                "`second_factor_required`: the account has a second factor, send its `code`."
            ),
            429: OpenApiResponse(description="`rate_limited`: too many attempts."),
        },
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Exchange email and password, and a second factor where there is one, for a token."""
        form = SignInSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        email, password = form.validated_data["email"], form.validated_data["password"]
        user, attempt = checked_password(self, request, email, password)
        is_strong = self._gave_second_factor(user, form.validated_data.get("code", ""))
        attempt.succeed()
        remember_app(request, user)
        token, expires_at = issue_token(user, is_strong=is_strong, at=timezone.now())
        signals.signed_in.send(User, user=user, request=request)
        document = SignedInSerializer({"token": token, "expires_at": expires_at, "user": user})
        return Response(document.data, status=201, headers=NO_STORE)

    def _gave_second_factor(self, user: User, code: str) -> bool:
        if not has_second_factor(user):
            return False
        if not code:
            message = _("This account needs a code, too.")
            raise AuthenticationFailed(message, code="second_factor_required")
        if not is_code_valid(user, code):
            raise AuthenticationFailed(_("That code is not right."), code="sign_in_failed")
        return True

    @extend_schema(
        tags=["account"],
        operation_id="sign_out",
        summary="Sign out and revoke the token",
        request=None,
        responses={204: None, 401: OpenApiResponse(description="No token, or no valid one.")},
    )
    def delete(self, request: Request) -> Response:
        """Revoke the token with which this request is made."""
        token: Any = request.auth
        token.delete()
        return Response(status=204, headers=NO_STORE)


class Me(LimitedView):
    """The caller's own profile."""

    permission_classes = (IsAuthenticated,)
    limits = (PROFILE_BY_ACCOUNT,)

    def limited_actor(self, request: Any) -> str:
        return f"user:{request.user.pk}"

    @extend_schema(
        tags=["account"],
        operation_id="get_profile",
        summary="The profile of the account",
        responses={200: PersonSerializer},
    )
    def get(self, request: Request) -> Response:
        """Name, contact and preferences of the signed-in customer."""
        return Response(PersonSerializer(signed_in(request)).data, headers=NO_STORE)

    @extend_schema(
        tags=["account"],
        operation_id="change_profile",
        summary="Change name, phone, language, or whether texts are wanted",
        request=PersonSerializer,
        responses={
            200: PersonSerializer,
            422: OpenApiResponse(description="`invalid`: a field is wrong or cannot be changed."),
        },
    )
    def patch(self, request: Request) -> Response:
        """Change name, phone, language, or whether text messages are wanted."""
        user = signed_in(request)
        form = PersonSerializer(user, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        for name, value in form.validated_data.items():
            setattr(user, name, value)
        if form.validated_data:
            user.save(update_fields=list(form.validated_data))
        return Response(PersonSerializer(user).data, headers=NO_STORE)
