"""Streaming XML parser for the parts of XLSX and ODS archives."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from xml.parsers import expat

from movies.importing.reader.rows import Unreadable

CHUNK_BYTES = 64 * 1024

Attributes = dict[str, str]


def parse(
    parts: zipfile.ZipFile,
    name: str,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Stream one part; names without namespace. Document types are refused: entities can grow."""

    def doctype(*_args: object) -> None:
        raise Unreadable("unreadable")

    def local(qualified: str) -> str:
        return qualified.rpartition(" ")[2]

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = lambda tag, attributes: start(
        local(tag), {local(key): value for key, value in attributes.items()}
    )
    if end is not None:
        parser.EndElementHandler = lambda tag: end(local(tag))
    if text is not None:
        parser.CharacterDataHandler = text
    with parts.open(name) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            parser.Parse(chunk, False)
    parser.Parse(b"", True)
