"""Embedded PostgreSQL and Valkey, from the programs inside their wheels.

``throwaway_stores()`` is all that tests and benchmarks need; ``bin/run`` uses the parts.
"""

from ops.stores.ephemeral import throwaway_stores

__all__ = ["throwaway_stores"]
