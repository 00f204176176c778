"""Tunes the cyclic garbage collector: thresholds, and a freeze after start-up.

With the default threshold of 700 objects collection took a tenth of the start-up time and a
twentieth of a sale's CPU time, although start-up creates no cycles and requests few. Live
connections do end as cycles: with high thresholds a live process grows by a megabyte a minute, so
live servers and workers use the defaults. `bin/soak` measures this.
"""

from __future__ import annotations

import gc

DEFAULT = gc.get_threshold()
HIGH = (50_000, 10, 10)


def use_high_thresholds() -> None:
    gc.set_threshold(*HIGH)


def freeze_loaded_objects() -> None:
    """Moves loaded objects out of the collector's reach: they live as long as the process."""
    gc.collect()
    gc.freeze()


def use_default_thresholds() -> None:
    """For processes whose objects outlive a request."""
    gc.set_threshold(*DEFAULT)
