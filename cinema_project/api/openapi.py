"""OpenAPI schema generation: the parts that all operations share.

An operation declares its id, its summary and the errors of its own domain. Generic errors (invalid
JSON, expired token, rate limit), conditional requests and security are derived from the view.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from cinema_project.api import problem_schemas
from cinema_project.api.problem_codes import IDEMPOTENCY, OF_OPERATION, VISITOR, Errors
from core.api.deprecation import Deprecation
from core.api.strict import StrictFields, takes_null
from core.errors import PROBLEM_CONTENT_TYPE

RETRY_AFTER = {
    "Retry-After": {"schema": {"type": "integer", "minimum": 1}, "description": "Seconds to wait."}
}
RATE_LIMIT = {
    "RateLimit-Policy": {
        "schema": {"type": "string"},
        "description": "The limit closest to being used up, its requests (q) and seconds (w).",
        "example": '"hold_visitor";q=60;w=30',
    },
    "RateLimit": {
        "schema": {"type": "string"},
        "description": "Requests that remain (r), and seconds until all are available again (t).",
        "example": '"hold_visitor";r=0;t=30',
    },
}
DESCRIPTIONS = {
    "400": "The body is not what its Content-Type says.",
    "401": "The token is not valid, or there is none where one is needed.",
    "403": "Not allowed.",
    "404": "It does not exist, or the caller may not see it.",
    "406": "The Accept header excludes JSON.",
    "409": "The present state forbids it; see `code`.",
    "413": "The body is larger than any valid one.",
    "415": "Only application/json is read.",
    "422": "A value is invalid; see `code` and `errors`.",
    "429": "A limit was reached.",
    "503": "A lock or a store did not answer in time: nothing was done, try again.",
}


ETAG = {
    "ETag": {"schema": {"type": "string"}, "description": "Send it back as `If-None-Match`."},
}
DEPRECATION_HEADERS = {
    "Deprecation": {
        "schema": {"type": "string"},
        "description": "`@` and the time since which there is a better way (RFC 9745).",
    },
    "Sunset": {"schema": {"type": "string"}, "description": "When it ends (RFC 8594)."},
}
NOT_MODIFIED = {"description": "The copy named by `If-None-Match` is current.", "headers": ETAG}
# Headers that let a caller act for a booking or hold, by the name of their security scheme.
SCHEMES_BY_HEADER = {"X-Booking-Token": "bookingToken", "X-Visitor": "visitor"}


class ApiSchema(AutoSchema):  # type: ignore[no-untyped-call, unused-ignore]
    def get_operation(self, *args: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args)
        if operation is not None:
            operation.setdefault("security", [])  # stated where no scheme is needed, too
        return operation

    def is_deprecated(self) -> bool:
        return self._deprecation() is not None

    def _deprecation(self) -> Deprecation | None:
        found: Deprecation | None = getattr(self.view, "deprecation", None)
        return found

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular has it
        """The handler's docstring only: a view's own docstring is for its developers."""
        handler = getattr(self.view, self.method.lower(), None)
        described = inspect.cleandoc(handler.__doc__ or "") if handler else ""
        deprecation = self._deprecation()
        return f"{described}\n\n{deprecation.announcement}" if deprecation else described

    def get_auth(self) -> list[dict[str, list[str]]]:
        schemes: list[dict[str, list[str]]] = super().get_auth()
        parameters: list[Any] = list(self.get_override_parameters())
        headers: list[str] = [parameter.name for parameter in parameters]
        named: list[dict[str, list[str]]] = [
            {SCHEMES_BY_HEADER[name]: []} for name in headers if name in SCHEMES_BY_HEADER
        ]
        return (
            [scheme for scheme in schemes if scheme] + named + [{} for each in schemes if not each]
        )

    def _map_serializer_field(
        self, field: Any, direction: Any, bypass_extensions: bool = False
    ) -> dict[str, Any]:
        shape: dict[str, Any] = super()._map_serializer_field(  # type: ignore[no-untyped-call]
            field, direction, bypass_extensions
        )
        if shape.get("type") == "integer" and "format" not in shape:
            is_id = field.field_name == "id" or str(field.field_name).endswith("_id")
            shape["format"] = "int64" if is_id else "int32"
        if direction == "request" and isinstance(field.parent, StrictFields) and takes_null(field):
            if "$ref" in shape:
                shape = {"allOf": [shape]}
            shape["nullable"] = True
        return shape

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        declared: dict[str, Any] = super()._get_response_bodies(direction)
        responses = {status: response for status, response in declared.items() if status < "400"}
        own = {status: response for status, response in declared.items() if status >= "400"}
        for status in sorted({*own, *self._generic_errors()}):
            description = own.get(status, {}).get("description")
            responses[status] = self._error_response(status, description or DESCRIPTIONS[status])
        if getattr(self.view, "is_conditional", False) and "200" in responses:
            responses["200"]["headers"] = ETAG
            responses["304"] = NOT_MODIFIED
        for response in responses.values():
            response["description"] = response.get("description") or "Done."
            if self.is_deprecated():
                response["headers"] = response.get("headers", {}) | DEPRECATION_HEADERS
        return responses

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        shape: dict[str, Any] = super()._map_basic_serializer(  # type: ignore[no-untyped-call]
            serializer, direction
        )
        shape.pop("description", None)  # a serializer's docstring is for its developers
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
        operation_id: str = self.get_operation_id()
        codes = problem_schemas.codes_of(operation_id, status, self._shared_errors())
        name = problem_schemas.name_of(operation_id, status, codes)
        component: Any = ResolvedComponent(  # type: ignore[no-untyped-call]
            name=name,
            type=ResolvedComponent.SCHEMA,
            schema=problem_schemas.schema_of(status, codes),
            object=name,
        )
        self.registry.register_on_missing(component)
        response: dict[str, Any] = {
            "description": description,
            "content": {PROBLEM_CONTENT_TYPE: {"schema": component.ref}},
        }
        if status in ("429", "503"):
            response["headers"] = RETRY_AFTER | (RATE_LIMIT if status == "429" else {})
        return response

    def _shared_errors(self) -> Errors:
        """Errors of Idempotency-Key and X-Visitor, which other views do not read."""
        parameters: list[Any] = list(self.get_override_parameters())
        headers = {parameter.name for parameter in parameters}
        visitor = VISITOR if "X-Visitor" in headers else ()
        return (*IDEMPOTENCY, *visitor) if self.method == "POST" else visitor

    def _generic_errors(self) -> Iterator[str]:
        yield from ("406", "422", "503")  # 422: an unknown parameter
        yield from (str(error.status) for error in OF_OPERATION.get(self.get_operation_id(), ()))
        if "{" in self.path:
            yield "404"
        if self.view.get_authenticators():
            yield "401"
        if getattr(self.view, "limits", ()):
            yield "429"
        if self.method == "POST":  # Idempotency-Key in progress
            yield from ("409", "413")
        if self._get_request_body():  # type: ignore[no-untyped-call]
            yield from ("400", "413", "415")
