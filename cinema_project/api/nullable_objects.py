"""Nullable references name their type, as OpenAPI 3.0 requires of a nullable schema."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def type_nullable_objects(result: Schema, **_context: Any) -> Schema:
    """Add ``type: object`` to each nullable property that only refers to a schema.

    A postprocessing hook of drf-spectacular, after the one that replaces enumerations: what is left
    are objects.
    """
    for shape in result.get("components", {}).get("schemas", {}).values():
        for field in shape.get("properties", {}).values():
            if field.get("nullable") and "allOf" in field:
                field.setdefault("type", "object")
    return result
