"""Enumerations of responses stay open: a client must accept values that later versions add."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
PREFIX = "#/components/schemas/"
NOTE = "New values may be added: accept values that are not listed."


def open_response_enums(result: Schema, **_context: Any) -> Schema:
    """Replace each enumeration of a response by a string that lists the known values.

    A postprocessing hook of drf-spectacular. Requests keep their enumerations.
    """
    schemas: Schema = result.get("components", {}).get("schemas", {})
    enums = {name: shape for name, shape in schemas.items() if "enum" in shape}
    for name, shape in schemas.items():
        if not name.endswith("Request") and name not in enums:
            for owner, key in list(_properties(shape)):
                owner[key] = _opened(owner[key], enums)
    used = set(_references(result))
    for name in enums:
        if name not in used:
            del schemas[name]
    return result


def _opened(shape: Schema, enums: dict[str, Schema]) -> Schema:
    names = [ref.removeprefix(PREFIX) for ref in _direct_references(shape)]
    found = [enums[name] for name in names if name in enums]
    if "enum" in shape:
        found.append(shape)
    if not found:
        return shape
    values = [value for enum in found for value in enum["enum"] if value is not None]
    described = " ".join(filter(None, [shape.get("description"), NOTE]))
    is_nullable = {"nullable": True} if shape.get("nullable") else {}
    return {"type": "string", "x-extensible-enum": values, "description": described, **is_nullable}


def _direct_references(shape: Schema) -> list[str]:
    parts = [shape, *shape.get("allOf", []), *shape.get("oneOf", [])]
    return [part["$ref"] for part in parts if "$ref" in part]


def _properties(shape: Schema) -> Iterator[tuple[Schema, str]]:
    properties = shape.get("properties", {})
    for key, value in properties.items():
        yield properties, key
        if "items" in value:
            yield value, "items"


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].removeprefix(PREFIX)
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
