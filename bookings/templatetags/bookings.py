"""Words about bookings for templates."""

from __future__ import annotations

from django import template

from bookings.tickets import formatting

register = template.Library()
register.filter("seat_labels", formatting.seat_labels)
