"""A reader whose look at Redis comes just before somebody else keeps what is looked for."""

from __future__ import annotations

from typing import Any


class LateReader:
    """Redis as that reader finds it; all but its first looks go to ``store`` as they are."""

    def __init__(self, store: Any, built: bytes) -> None:
        self.store, self.built = store, built

    def mget(self, keys: list[str]) -> Any:
        kept = self.store.mget(keys)
        self.store.mset(dict.fromkeys(keys, self.built))
        return kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)
