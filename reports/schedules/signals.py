"""Signals about scheduled reports."""

from django.dispatch import Signal

# Sent in the transaction that gives a delivery up, with ``delivery``, ``reason`` and ``at``.
delivery_given_up = Signal()
