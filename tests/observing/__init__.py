"""Logs, figures and health of a running installation."""
