"""Simulated bank, treated as another company's system.

It has its own tables, payment page and API. It imports nothing of bookings, and bookings reach it
over HTTP only. Mounted only with SANDBOX_ENABLED.
"""
