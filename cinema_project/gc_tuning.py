"""How often Python looks for rubbish that refers to itself in a circle.

By itself it looks after every 700 new objects. While a process loads there is no rubbish, and a
request leaves little that outlives it: looking so often took a tenth of a start and a twentieth of
a sale. A viewer's connection lives long and is such rubbish when it ends: where it is looked for
too seldom, a live process grows by a megabyte a minute. `bin/soak` watches that.
"""

from __future__ import annotations

import gc

PYTHONS_OWN = gc.get_threshold()
SELDOM = (50_000, 10, 10)


def look_seldom() -> None:
    gc.set_threshold(*SELDOM)


def keep_what_is_loaded() -> None:
    """It stays to the end: no later look need go through it again."""
    gc.collect()
    gc.freeze()


def look_as_usual() -> None:
    """For processes whose objects live longer than a request."""
    gc.set_threshold(*PYTHONS_OWN)
