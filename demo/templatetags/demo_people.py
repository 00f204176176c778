"""Demo customer for the sign-in page."""

from __future__ import annotations

from django import template

from demo import chain

register = template.Library()


@register.simple_tag
def demo_customer() -> dict[str, str]:
    """A customer only: staff sign-ins are printed on the console of whoever started the demo."""
    return {"email": chain.CUSTOMERS[0].email, "password": chain.PASSWORD}
