"""Nullable references, as OpenAPI 3.0 requires of a nullable schema: typed, and with their null."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
PREFIX = "#/components/schemas/"


def type_nullable_objects(result: Schema, **_context: Any) -> Schema:
    """Type each nullable property that only refers to a schema.

    An object gets ``type: object``. An enumeration, which does not contain null, is copied with it.
    A postprocessing hook of drf-spectacular, after its own for enumerations and before ours, which
    deletes unused ones.
    """
    schemas: Schema = result.get("components", {}).get("schemas", {})
    for shape in schemas.values():
        for field in shape.get("properties", {}).values():
            if not field.get("nullable") or "allOf" not in field:
                continue
            referred = schemas.get(str(field["allOf"][0].get("$ref")).removeprefix(PREFIX), {})
            if "enum" in referred:
                del field["allOf"]
                field |= {"type": referred["type"], "enum": [*referred["enum"], None]}
            else:
                field.setdefault("type", "object")
    return result
