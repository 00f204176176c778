"""Fake payment providers on a real port, built from the providers' documentation."""
