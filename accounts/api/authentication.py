"""Who calls the API: the bearer of a token."""

from __future__ import annotations

from typing import Any

from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed


class ApiTokenAuthentication(TokenAuthentication):  # type: ignore[misc]  # knox has no types
    """A token is hexadecimal: bytes that are no text at all are no token either."""

    def authenticate_credentials(self, token: bytes) -> Any:
        if not token.isascii():
            raise AuthenticationFailed()
        return super().authenticate_credentials(token)


class ApiTokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]  # at its making
    """The schema tells of it as of its parent."""

    target_class = "accounts.api.authentication.ApiTokenAuthentication"
