"""Who may sign in to try the demo, for the sign-in page."""

from __future__ import annotations

from django import template

from demo import chain

register = template.Library()


@register.simple_tag
def demo_customer() -> dict[str, str]:
    """Customers alone: the staff's sign-ins are for whoever started the demo, on its console."""
    return {"email": chain.CUSTOMERS[0].email, "password": chain.PASSWORD}
