"""Looking for trouble: one module for each sort, one ``HealthCheck`` for each kind of incident.

A look finds all that is wrong of its kind at this moment. What it found before and finds no more
has healed (``reports.monitoring.runner``).
"""
