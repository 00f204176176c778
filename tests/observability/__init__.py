"""Logs, metrics and health of an installation."""
