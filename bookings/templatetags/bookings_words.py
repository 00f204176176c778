"""Words about bookings for templates."""

from __future__ import annotations

from django import template

from bookings import ticket_words

register = template.Library()
register.filter("seat_labels", ticket_words.seat_labels)
