"""Health checks: one module per topic, one ``HealthCheck`` per kind of incident.

A check returns every current problem of its kind; earlier problems that it no longer
returns are marked as healed (``reports.monitoring.runner``).
"""
