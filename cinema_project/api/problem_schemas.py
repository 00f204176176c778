"""Schemas of problem documents: one for each set of codes, with the facts of those codes."""

from __future__ import annotations

from typing import Any

from cinema_project.api.open_enums import NOTE
from cinema_project.api.problem_codes import FACTS, OF_OPERATION, PLAIN_CODES, Errors, Schema

# By status, whatever the operation.
ALWAYS: dict[str, tuple[str, ...]] = {
    "400": ("parse_error", "unreadable"),
    "401": ("not_authenticated", "authentication_failed"),
    "403": ("permission_denied",),
    "404": ("not_found",),
    "406": ("not_acceptable",),
    "413": ("too_large",),
    "415": ("unsupported_media_type",),
    "422": ("invalid",),
    "429": ("rate_limited",),
    "503": ("unavailable",),
}
FIELD_PROBLEMS: Schema = {
    "type": "array",
    "description": "With `invalid`: what is wrong with which field or parameter.",
    "items": {
        "type": "object",
        "required": ["field", "code", "detail"],
        "properties": {name: {"type": "string"} for name in ("field", "code", "detail")},
    },
}


def codes_of(operation_id: str, status: str, shared: Errors) -> list[str]:
    """The codes that a response of this status can have; ``shared``: errors by kind of view."""
    errors = [*shared, *OF_OPERATION.get(operation_id, ())]
    own = [error.code for error in errors if str(error.status) == status]
    plain = PLAIN_CODES.get(operation_id, {}).get(status, ())
    return list(dict.fromkeys([*own, *plain, *ALWAYS.get(status, ())]))


def name_of(operation_id: str, status: str, codes: list[str]) -> str:
    """One name for all operations that have only what every operation has."""
    if codes == list(ALWAYS.get(status, ())):
        return f"Problem{status}"
    words = "".join(word.capitalize() for word in operation_id.split("_"))
    return f"{words}Problem{status}"


def schema_of(status: str, codes: list[str]) -> Schema:
    properties: Schema = {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "The status, in the reader's language."},
        "status": {"type": "integer", "format": "int32", "example": int(status)},
        "code": {
            "type": "string",
            "x-extensible-enum": codes,
            "description": f"Stable; decide by it. {NOTE}",
        },
        "detail": {"type": "string", "description": "For people, in the reader's language."},
    }
    required = list(properties)
    if "invalid" in codes:
        properties["errors"] = FIELD_PROBLEMS
    for code in codes:
        for fact, shape in FACTS.get(code, {}).items():
            properties[fact] = _merged(properties.get(fact), shape, code)
    return {
        "type": "object",
        "description": "Problem document (RFC 9457).",
        "required": required,
        "properties": properties,
    }


def _merged(known: Schema | None, shape: Schema, code: str) -> Schema:
    """The fact with the codes that have it."""
    if known is None:
        return shape | {"description": f"With `{code}`."}
    described: Any = known["description"].removesuffix(".") + f", `{code}`."
    return known | {"description": described}
