"""Reads an uploaded spreadsheet in a process of its own, with limited memory and CPU time.

``movies.importing.spreadsheets`` runs it with the standard library alone. Standard input is the
file, standard output JSON: ``{"tables": [[name, [[number, [cells]]]]]}`` or ``{"error": code,
"limit": number}``. Every cell is text: dates ``2026-11-25``, times ``19:00`` (rounded to the
minute), numbers ``55000``.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import zipfile
from xml.parsers import expat

from movies.importing.reader.csv_file import csv_rows
from movies.importing.reader.ods import ods_tables
from movies.importing.reader.rows import PARTS_MAX, UNPACKED_BYTES_MAX, Tables, Unreadable
from movies.importing.reader.xlsx import xlsx_tables

MEMORY_BYTES_MAX = 256 * 1024 * 1024
CPU_SECONDS_MAX = 10
# A small file may refer to one long text from every cell, and the caller has no memory limit.
OUTPUT_CHARACTERS_MAX = 32 * 1024 * 1024


def read(content: bytes) -> Tables:
    if content.startswith(b"%PDF"):
        raise Unreadable("pdf")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("old_xls")
    if not content.startswith(b"PK\x03\x04"):
        return [("", csv_rows(content))]
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            return _archive_tables(parts)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, KeyError, expat.ExpatError) as e:
        raise Unreadable("unreadable") from e


def _archive_tables(parts: zipfile.ZipFile) -> Tables:
    infos = parts.infolist()
    if sum(info.file_size for info in infos) > UNPACKED_BYTES_MAX or len(infos) > PARTS_MAX:
        raise Unreadable("larger_inside")
    names = {info.filename for info in infos}
    if "xl/workbook.xml" in names:
        return xlsx_tables(parts, names)
    if "content.xml" in names and "mimetype" in names:
        return ods_tables(parts)
    raise Unreadable("unreadable")


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    try:
        output = json.dumps({"tables": read(sys.stdin.buffer.read())})
        if len(output) > OUTPUT_CHARACTERS_MAX:
            raise Unreadable("larger_inside")
    except Unreadable as error:
        output = json.dumps({"error": error.code, "limit": error.limit})
    except MemoryError:
        output = json.dumps({"error": "larger_inside", "limit": 0})
    sys.stdout.write(output)


if __name__ == "__main__":
    main()
