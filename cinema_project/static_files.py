"""Static files under names that tell their content, compressed for the browsers that fetch them.

The stylesheet is many files to work on and one file to fetch: on a phone far away its imports would
come one round trip later than the page that waits for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brotli
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# The highest quality (11) takes ten times as long, once on every installation, for 5 % less.
BROTLI_QUALITY = 8
STYLESHEET = "css/layar.css"
IMPORT = re.compile(r'@import url\("(?P<file>[\w-]+\.css)"\) layer\((?P<layer>\w+)\);')


class QuickCompressor(Compressor):  # type: ignore[misc]  # whitenoise says no types
    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        compressed: bytes = brotli.compress(data, quality=BROTLI_QUALITY)
        return compressed


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # the same
    """Compresses only the names that pages link to; the plain ones are there for the rest."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Any:
        if STYLESHEET in paths and not dry_run:
            whole = IMPORT.sub(
                lambda found: f"@layer {found['layer']} {{\n{_text(paths, found['file'])}}}",
                _text(paths, "layar.css"),
            )
            Path(self.path(STYLESHEET)).write_text(whole)
            paths = {**paths, STYLESHEET: (self, STYLESHEET)}
        yield from super().post_process(paths, dry_run, **options)

    def create_compressor(self, **options: Any) -> Compressor:
        return QuickCompressor(**options)

    def compress_files(self, paths: Any) -> Iterator[Any]:
        linked = set(self.hashed_files.values())
        yield from super().compress_files([path for path in paths if path in linked])


def _text(paths: dict[str, Any], file: str) -> str:
    """As it is in the source, not as an earlier run has left it."""
    storage, name = paths[f"css/{file}"]
    with storage.open(name) as source:
        text: str = source.read().decode()
    return text
