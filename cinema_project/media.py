"""Uploaded files: size limits, and serving without a web server in front."""

from __future__ import annotations

from typing import Any

from csp.constants import NONE, UNSAFE_INLINE
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.static import serve

from cinema_project.middleware import ADMIN_PATH

NAME_LENGTH_MAX = 255  # limit of a file system; Django's own names are shorter
SANDBOXED_POLICY = {"default-src": [NONE], "style-src": [UNSAFE_INLINE]}
UPLOAD_BYTES_MAX = 256 * 1024
OFFICE_UPLOAD_BYTES_MAX = 12 * 1024 * 1024  # posters and spreadsheets


def serve_media(request: HttpRequest, name: str) -> HttpResponseBase:
    if len(name) > NAME_LENGTH_MAX:
        raise Http404
    response = serve(request, name, document_root=str(settings.MEDIA_ROOT))
    response.headers["Cache-Control"] = f"public, max-age={settings.MEDIA_MAX_AGE_SECONDS}"
    # An SVG image opened by itself must not run scripts, as it cannot inside a page.
    # django-csp reads this attribute; its own decorator sets it the same way.
    setattr(response, "_csp_replace", SANDBOXED_POLICY)  # noqa: B010
    return response


class BoundedUpload(FileUploadHandler):
    """Limits the size of multipart requests: Django limits their fields but not their files."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        request = self.request
        is_office = request is not None and request.path_info.startswith(ADMIN_PATH)
        if content_length > (OFFICE_UPLOAD_BYTES_MAX if is_office else UPLOAD_BYTES_MAX):
            raise RequestDataTooBig("the request is too large")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
