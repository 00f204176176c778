"""OpenAPI schema generation: error responses of every operation, in one format.

An operation declares the errors of its own domain; generic ones (invalid JSON, expired token,
rate limit) are derived from the view.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse

from core.errors import PROBLEM_CONTENT_TYPE
from movies.api.serializers import ProblemShape

RETRY_AFTER = {
    "Retry-After": {"schema": {"type": "integer", "minimum": 1}, "description": "Seconds to wait."}
}
DESCRIPTIONS = {
    "400": "The body is not what its Content-Type says.",
    "401": "The token is not valid, or there is none where one is needed.",
    "403": "Not allowed.",
    "404": "There is no such thing, or it is not yours to see.",
    "406": "The Accept header takes no JSON.",
    "409": "The state of the world forbids it; see `code`.",
    "413": "More bytes than anything here needs.",
    "415": "Only application/json is read.",
    "422": "A value cannot mean anything; see `code` and `errors`.",
    "429": "A limit was reached.",
    "503": "A lock or a store did not answer in time: nothing was done, try again.",
}


class ApiSchema(AutoSchema):  # type: ignore[no-untyped-call, unused-ignore]
    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        declared: dict[str, Any] = super()._get_response_bodies(direction)
        responses = {status: response for status, response in declared.items() if status < "400"}
        own = {status: response for status, response in declared.items() if status >= "400"}
        for status in sorted({*own, *self._generic_errors()}):
            description = own.get(status, {}).get("description")
            responses[status] = self._error_response(status, description or DESCRIPTIONS[status])
        return responses

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        shape: dict[str, Any] = super()._map_basic_serializer(  # type: ignore[no-untyped-call]
            serializer, direction
        )
        if direction == "request" and getattr(serializer, "refuses_unknown_fields", False):
            shape["additionalProperties"] = False
        return shape

    def _get_request_for_media_type(
        self, serializer: Any, direction: Any = "request"
    ) -> tuple[Any, bool]:
        if getattr(serializer, "replaces_whole", False):  # even by PATCH
            return self.resolve_serializer(serializer, direction).ref, True
        schema, is_required = super()._get_request_for_media_type(  # type: ignore[no-untyped-call]
            serializer, direction
        )
        return schema, bool(is_required)

    def _error_response(self, status: str, description: str) -> dict[str, Any]:
        response: dict[str, Any] = self._get_response_for_code(  # type: ignore[no-untyped-call]
            OpenApiResponse(ProblemShape, description), status, [PROBLEM_CONTENT_TYPE]
        )
        if status in ("429", "503"):
            response["headers"] = RETRY_AFTER
        return response

    def _generic_errors(self) -> Iterator[str]:
        yield from ("406", "503")
        if "{" in self.path:
            yield "404"
        if self.view.get_authenticators():
            yield "401"
        if getattr(self.view, "limits", ()):
            yield "429"
        if self.method == "POST":  # Idempotency-Key reused or in progress
            yield from ("409", "413", "422")
        if self.get_override_parameters():  # X-Visitor, filters: the value may be invalid
            yield "422"
        if self._get_request_body():  # type: ignore[no-untyped-call]
            yield from ("400", "413", "415", "422")
