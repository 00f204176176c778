"""Authentication of API callers: by the session of an app, or by a token of the old kind."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.auth import app_session
from accounts.models import User
from accounts.session_store import AppSessionStore

SCHEME = "Bearer"


class SessionAuthentication(BaseAuthentication):
    """``Authorization: Bearer <token of a session>``; ``request.auth`` is the session.

    A view with ``allows_pending_session`` also gets sessions in which nobody is signed in yet.
    """

    def authenticate(self, request: Request) -> tuple[User | None, AppSessionStore] | None:
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        session = app_session.find(token.strip())
        user = app_session.user_of(session) if session is not None else None
        view = (request.parser_context or {}).get("view")
        allows_pending = getattr(view, "allows_pending_session", False)
        # ``user_of`` empties the session of a user who has changed the password since.
        if (
            session is None
            or not app_session.is_app(session)
            or (user is None and not allows_pending)
        ):
            raise AuthenticationFailed(_("Please sign in again."))
        return user, session

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


class ApiTokenAuthentication(TokenAuthentication):  # type: ignore[misc]  # knox has no types
    """Token authentication by knox, with 401 instead of 500 for tokens that are not ASCII."""

    def authenticate_credentials(self, token: bytes) -> Any:
        if not token.isascii():
            raise AuthenticationFailed()
        return super().authenticate_credentials(token)


class ApiTokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]  # at its making
    """OpenAPI description of ``ApiTokenAuthentication``, the same as its parent's."""

    target_class = "accounts.api.authentication.ApiTokenAuthentication"


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.api.authentication.SessionAuthentication"
    name = "sessionToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "The `token` of `create_session` or `create_account`.",
        }
