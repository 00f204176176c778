"""Compares Layar with another open-source ticketing system, in one run."""
