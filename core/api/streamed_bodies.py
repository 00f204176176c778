"""Request bodies without Content-Length (chunked, HTTP/2).

Django reads as many bytes as Content-Length says, and so none of a streamed body: a request would
be taken for an empty one. The WSGI application is wrapped instead, so that the rule holds for all
views, parsers and middleware.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

import orjson

from core.api import problem_details
from core.errors import PROBLEM_CONTENT_TYPE, LayarError, LengthRequired, TooLarge
from core.http import request_context

# Larger uploads must state their length.
STREAMED_BODY_BYTES_MAX = 256 * 1024
METHODS_WITHOUT_BODY = frozenset(("GET", "HEAD", "OPTIONS"))

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


def with_content_length(application: Application) -> Application:
    """Read a streamed body of up to ``STREAMED_BODY_BYTES_MAX`` and set its Content-Length.

    Responds 413 to a longer body, and 411 if the server cannot tell where a body ends.
    """

    def wrapped(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ.get("CONTENT_LENGTH") or environ["REQUEST_METHOD"] in METHODS_WITHOUT_BODY:
            return application(environ, start_response)
        if not environ.get("wsgi.input_terminated"):
            if "HTTP_TRANSFER_ENCODING" in environ:
                return _refuse(LengthRequired(), environ, start_response)
            return application(environ, start_response)
        body = environ["wsgi.input"].read(STREAMED_BODY_BYTES_MAX + 1)
        if len(body) > STREAMED_BODY_BYTES_MAX:
            return _refuse(TooLarge(), environ, start_response)
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
        return application(environ, start_response)

    return wrapped


def _refuse(error: LayarError, environ: Environ, start_response: Any) -> Iterable[bytes]:
    request_context.bind_request(environ)
    document = problem_details.document(error)
    headers = [
        ("Content-Type", PROBLEM_CONTENT_TYPE),
        ("Connection", "close"),
        ("X-Request-ID", request_context.request_id() or ""),
    ]
    start_response(f"{error.status} {HTTPStatus(error.status).phrase}", headers)
    return [orjson.dumps(document)]
