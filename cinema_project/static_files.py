"""Static files with hashed names, compressed with Brotli and gzip.

The stylesheet's imports are combined into one file: fetching them separately would cost a round
trip before the page can be rendered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import brotli
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Quality 11 takes ten times as long and saves 5 %.
BROTLI_QUALITY = 8
URLS_MAX = 1_000  # templates name fewer files
STYLESHEET = "css/layar.css"
# Of the names of our own style sheets and scripts; vendored ones are delivered as published.
OWN_FOLDERS = ("css/", "js/")
CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
INDENT = re.compile(r"\n\s*")
# Whole lines only, so that nothing within a string is taken for a comment.
BLOCK_COMMENT = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n", re.DOTALL | re.MULTILINE)
LINE_COMMENT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
IMPORT = re.compile(r'@import url\("(?P<file>[\w-]+\.css)"\) layer\((?P<layer>\w+)\);')


class FastBrotliCompressor(Compressor):  # type: ignore[misc]  # whitenoise is untyped
    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        compressed: bytes = brotli.compress(data, quality=BROTLI_QUALITY)
        return compressed


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # the same
    """Compresses only the hashed names, which pages and modules link to."""

    # Imports between JavaScript modules name the hashed files, which browsers keep for a year.
    support_js_module_import_aggregation = True

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # The manifest is read once by each process, and a page names fifty files.
        self._known_url = lru_cache(URLS_MAX)(super().url)

    def url(self, name: str, force: bool = False) -> str:
        found: str = self._known_url(name, force)
        return found

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Any:
        if not dry_run:
            own = [name for name in paths if name.startswith(OWN_FOLDERS)]
            for name in own:
                Path(self.path(name)).write_text(_delivered(paths, name))
            paths = {**paths, **{name: (self, name) for name in own}}
        yield from super().post_process(paths, dry_run, **options)

    def create_compressor(self, **options: Any) -> Compressor:
        return FastBrotliCompressor(**options)

    def compress_files(self, paths: Any) -> Iterator[Any]:
        linked = set(self.hashed_files.values())
        yield from super().compress_files([path for path in paths if path in linked])


def _delivered(paths: dict[str, Any], name: str) -> str:
    """A style sheet or script without comments, which are a fifth of what would be sent."""
    text = _text(paths, name)
    if name == STYLESHEET:
        text = IMPORT.sub(
            lambda found: f"@layer {found['layer']} {{\n{_text(paths, 'css/' + found['file'])}}}",
            text,
        )
    if name.endswith(".css"):
        return INDENT.sub("\n", CSS_COMMENT.sub("", text))
    return LINE_COMMENT.sub("", BLOCK_COMMENT.sub("", text))


def _text(paths: dict[str, Any], name: str) -> str:
    """The source file's text, not the output of an earlier run."""
    storage, name = paths[name]
    with storage.open(name) as source:
        text: str = source.read().decode()
    return text
