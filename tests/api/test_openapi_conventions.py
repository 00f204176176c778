"""Conventions of the OpenAPI document that client generators rely on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from cinema_project.api.problem_codes import OF_OPERATION, PLAIN_CODES

pytestmark = pytest.mark.django_db


@pytest.fixture
def document() -> dict[str, Any]:
    answer = Client().get("/api/v1/schema/", headers={"Accept": "application/json"})
    loaded: dict[str, Any] = answer.json()
    return loaded


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_operation_ids_are_a_verb_and_a_noun_each_once(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _name, operation in operations(document)]
    verbs = (
        "abandon|accept|activate|add|cancel|change|check|claim|complete|confirm|create|delete|end"
        "|get|hold|join|leave|list|quote|refresh|release|remove|resend|sign|start"
    )

    assert [each for each in ids if not re.fullmatch(rf"({verbs})_[a-z_]+", each)] == []
    assert len(ids) == len(set(ids))


def test_every_operation_states_its_security(document: dict[str, Any]) -> None:
    schemes = set(document["components"]["securitySchemes"])

    assert schemes == {"sessionToken", "knoxApiToken", "bookingToken", "visitor"}
    for name, operation in operations(document):
        assert {key for each in operation["security"] for key in each} <= schemes, name
    by_id = {operation["operationId"]: operation for _name, operation in operations(document)}
    assert by_id["sign_in"]["security"] == []
    assert by_id["create_session"]["security"] == []
    assert by_id["get_profile"]["security"] == [{"sessionToken": []}, {"knoxApiToken": []}]
    assert by_id["end_current_session"]["security"] == [{"sessionToken": []}]
    assert by_id["get_booking"]["security"] == [
        *({"sessionToken": []}, {"knoxApiToken": []}, {"bookingToken": []}, {"visitor": []}),
        {},
    ]


def test_conditional_operations_describe_their_etag(document: dict[str, Any]) -> None:
    conditional = {
        operation["operationId"]
        for _name, operation in operations(document)
        if "304" in operation["responses"]
    }

    assert conditional == {
        *("get_cinema", "get_layout", "get_movie", "get_programme", "get_showtime"),
        *("list_cinemas", "list_movies", "list_seats", "list_showtimes", "list_suggestions"),
    }
    for name, operation in operations(document):
        if operation["operationId"] in conditional:
            assert "ETag" in operation["responses"]["200"]["headers"], name


def test_responses_have_no_closed_enumeration(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    closed = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        if not name.endswith("Request")
        for field, shape in schema.get("properties", {}).items()
        if "enum" in str(shape).lower().replace("x-extensible-enum", "")
    ]

    assert closed == []
    assert schemas["MovieShape"]["properties"]["classification"]["x-extensible-enum"] == [
        *("SU", "13+", "17+", "21+")
    ]


def test_fields_have_one_type(document: dict[str, Any]) -> None:
    """Generators for Java, Kotlin and Dart do not support alternatives and unsized integers."""
    for name, schema in document["components"]["schemas"].items():
        for field, shape in schema.get("properties", {}).items():
            if (name, field) == ("CancellationRequestRequest", "tickets"):
                continue  # "all" or a list of ids, by design
            assert "oneOf" not in shape, (name, field)
            if shape.get("type") == "integer":
                assert shape["format"] == ("int64" if field == "id" else shape["format"])
                assert shape["format"] in ("int32", "int64"), (name, field)


def test_refusals_list_their_codes_and_facts(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    by_id = {operation["operationId"]: operation for _name, operation in operations(document)}

    def problem(operation_id: str, status: str) -> dict[str, Any]:
        content = by_id[operation_id]["responses"][status]["content"]
        assert list(content) == ["application/problem+json"]
        name = content["application/problem+json"]["schema"]["$ref"].rpartition("/")[2]
        shape: dict[str, Any] = schemas[name]["properties"]
        return shape

    taken = problem("hold_seats", "409")
    assert taken["code"]["x-extensible-enum"] == [
        *("idempotency_in_progress", "seat_taken", "companion_reserved", "hold_sealed"),
        *("hold_expired", "showtime_closed", "waiting_room"),
    ]
    assert taken.keys() >= {"seats", "nearest", "rescue", "booking"}
    assert problem("get_movie", "404")["code"]["x-extensible-enum"] == ["not_found"]
    assert problem("sign_in", "401")["code"]["x-extensible-enum"][:2] == [
        *("sign_in_failed", "second_factor_required"),
    ]


def test_codes_are_named_for_existing_operations_alone(document: dict[str, Any]) -> None:
    ids = {operation["operationId"] for _name, operation in operations(document)}

    assert OF_OPERATION.keys() | PLAIN_CODES.keys() <= ids
