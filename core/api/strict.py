"""Strict reading of request bodies: no unknown fields, no loosely typed values.

DRF converts ``"12"`` to a number, ``0`` to false and ``12`` to text. A client that sends one of
those has a defect, which is found sooner if the request is refused.
"""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

_UNKNOWN = _("There is no such field.")
_NOT_BOOLEAN = _("Send true or false.")
_NOT_NUMBER = _("Send a number without quotation marks.")
_NOT_TEXT = _("Send a text in quotation marks.")


class StrictFields:
    """Mixin for serializers of request bodies, before the serializer class.

    ``null`` stands for a missing value of every optional field that has no null of its own.
    """

    refuses_unknown_fields = True  # for the schema
    fields: Any

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            self._refuse(
                {name: _UNKNOWN for name in data if name not in self.fields}, "unknown_field"
            )
            data = self._without_nulls(data)
            self._refuse(
                {
                    name: loose
                    for name in data
                    if (loose := _looseness(self.fields[name], data[name]))
                },
                "invalid",
            )
        return super().to_internal_value(data)  # type: ignore[misc]  # of the serializer

    def _refuse(self, details: dict[Any, str | Promise], code: str) -> None:
        if details:
            errors: Any = {str(name): [details[name]] for name in sorted(details, key=str)}
            raise serializers.ValidationError(errors, code=code)

    def _without_nulls(self, data: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value
            for name, value in data.items()
            if value is not None or not takes_null(self.fields[name])
        }


def takes_null(field: Any) -> bool:
    """Whether null means that the field is missing."""
    return not (field.required or field.read_only or field.allow_null)


class StrictSerializer(StrictFields, serializers.Serializer[Any]):
    """Refuses unknown fields, so that a client learns that its ``price`` is ignored."""


def _looseness(field: Any, value: Any) -> str | Promise | None:
    """What is wrong with the JSON type of ``value``; the field itself judges everything else."""
    if isinstance(field, serializers.ListField) and isinstance(value, list):
        found = (_looseness(field.child, each) for each in value)
        return next((each for each in found if each), None)
    if value is None:
        return None
    if isinstance(field, serializers.BooleanField):
        return None if type(value) is bool else _NOT_BOOLEAN
    if isinstance(field, serializers.IntegerField):
        return None if type(value) in (int, float) else _NOT_NUMBER
    if isinstance(field, (serializers.CharField, serializers.ChoiceField, serializers.UUIDField)):
        return None if isinstance(value, str) else _NOT_TEXT
    return None
