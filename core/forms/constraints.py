"""Messages of violated database constraints, at the fields of forms."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

UNKNOWN_VIOLATION = _("These values do not fit together. Please check them.")


class ConstraintMessages:
    """Mixin for models: ``constraint_messages`` maps constraints to a field and a message.

    Unlike ``violation_error_message`` it also names the field, and needs no migration.
    """

    constraint_messages: ClassVar[dict[str, tuple[str, Any]]] = {}

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Raise ValidationError at the fields of violated constraints, or at none if excluded."""
        row: Any = self
        errors: dict[str, list[ValidationError]] = {}
        for model, constraints in row.get_constraints():
            for constraint in constraints:
                try:
                    constraint.validate(model, row, exclude=exclude)
                except ValidationError:
                    field, message = constraint_message(model, constraint.name)
                    at = NON_FIELD_ERRORS if field in (exclude or ()) else field
                    errors.setdefault(at, []).append(ValidationError(message, code="constraint"))
        if errors:
            raise ValidationError(errors)


def constraint_message(model: type[models.Model], name: str) -> tuple[str, Any]:
    """Field and message of a constraint; a common message without a field if it has none."""
    messages: dict[str, tuple[str, Any]] = getattr(model, "constraint_messages", {})
    return messages.get(name, (NON_FIELD_ERRORS, UNKNOWN_VIOLATION))
