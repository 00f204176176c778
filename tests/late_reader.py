"""A cache reader whose first read of Redis comes just before another process stores the entry."""

from __future__ import annotations

from typing import Any


class LateReader:
    """Redis client for that reader; all but the first reads are passed to ``store``."""

    def __init__(self, store: Any, built: bytes) -> None:
        self.store, self.built = store, built

    def mget(self, keys: list[str]) -> Any:
        kept = self.store.mget(keys)
        self.store.mset(dict.fromkeys(keys, self.built))
        return kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)
