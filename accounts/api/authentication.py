"""Token authentication of API callers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed


class ApiTokenAuthentication(TokenAuthentication):  # type: ignore[misc]  # knox has no types
    """Token authentication by knox, with 401 instead of 500 for tokens that are not ASCII."""

    def authenticate_credentials(self, token: bytes) -> Any:
        if not token.isascii():
            raise AuthenticationFailed()
        return super().authenticate_credentials(token)


class ApiTokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]  # at its making
    """OpenAPI description of ``ApiTokenAuthentication``, the same as its parent's."""

    target_class = "accounts.api.authentication.ApiTokenAuthentication"
