"""Upgrades from the previous release: its dump, its code, and both versions at once.

``python -m tests.upgrades.dump COMMIT`` replaces the dump when a release is tagged.
"""
