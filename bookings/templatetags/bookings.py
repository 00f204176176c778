"""Template filters for bookings."""

from __future__ import annotations

from django import template

from bookings.tickets import formatting, sharing

register = template.Library()
register.filter("seat_labels", formatting.seat_labels)
register.filter("share_path", sharing.share_path)
