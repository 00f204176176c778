"""Parsers of API request bodies."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from core.errors import TooLarge

JSON_BYTES_MAX = 256 * 1024


class BoundedJsonParser(JSONParser):
    """JSON of at most JSON_BYTES_MAX; nested too deeply it is a client error (400)."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read(JSON_BYTES_MAX + 1)
        if len(body) > JSON_BYTES_MAX:
            raise TooLarge()
        try:
            return super().parse(io.BytesIO(body), media_type, parser_context)
        except (RecursionError, ParseError):
            # Not DRF's own text, which quotes Python's English.
            raise ParseError from None
