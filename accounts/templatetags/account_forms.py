"""Template filters for allauth's forms."""

from __future__ import annotations

from collections.abc import Iterator

from django import template
from django.forms import BaseForm, BoundField

register = template.Library()


@register.filter
def without_echo(form: BaseForm) -> Iterator[BoundField]:
    """The form's fields without placeholders that repeat the visible label."""
    for field in form:
        if getattr(field.field.widget, "input_type", "") != "tel":
            field.field.widget.attrs.pop("placeholder", None)
        yield field
