"""How a deprecated operation is announced: in every response and in the OpenAPI document."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from cinema_project.api.config import Config
from cinema_project.api.openapi import DEPRECATION_HEADERS
from cinema_project.api.schema_view import SchemaView
from core.api.deprecation import Deprecation

pytestmark = pytest.mark.django_db

OLD = Deprecation(since=date(2027, 1, 1), sunset=date(2027, 7, 1), instead="get_settings")


def test_deprecated_operation_is_announced(monkeypatch: Any) -> None:
    monkeypatch.setattr(Config, "deprecation", OLD)
    monkeypatch.setattr(SchemaView, "_documents", {})

    answers = [Client().get(f"/api/v1/config{query}") for query in ("", "?x=1")]
    document = Client().get("/api/v1/schema/", headers={"Accept": "application/json"}).json()

    for answer in answers:
        assert answer["Deprecation"] == "@1798761600"
        assert answer["Sunset"] == "Thu, 01 Jul 2027 00:00:00 GMT"
        assert answer["Link"] == '</api/v1/docs/>; rel="deprecation"'
    operation = document["paths"]["/api/v1/config"]["get"]
    assert operation["deprecated"] is True
    assert operation["description"].endswith(
        "Deprecated: use `get_settings`. It ends on 2027-07-01."
    )
    for response in operation["responses"].values():
        assert response["headers"].items() >= DEPRECATION_HEADERS.items()
    others = [
        operation
        for path, methods in document["paths"].items()
        for operation in methods.values()
        if path not in ("/api/v1/config", "/api/v1/auth/token")
    ]
    assert not any(operation.get("deprecated") for operation in others)
    assert "Deprecation" not in Client().get("/api/v1/cinemas")


def test_tokens_of_the_old_kind_are_announced() -> None:
    answer = Client().post("/api/v1/auth/token", {}, "application/json")

    assert (answer.status_code, answer["Deprecation"], answer["Sunset"]) == (
        *(422, "@1796083200", "Thu, 01 Jul 2027 00:00:00 GMT"),
    )


def test_notice_is_at_least_half_a_year() -> None:
    with pytest.raises(ValueError, match="more notice"):
        Deprecation(since=date(2027, 1, 1), sunset=date(2027, 6, 1), instead="get_settings")
