"""How much may be sent at once, also where no nginx stands before us and refuses it first."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

from cinema_project.middleware import ADMIN_PATH

UPLOAD_BYTES_MAX = 256 * 1024
OFFICE_UPLOAD_BYTES_MAX = 12 * 1024 * 1024  # posters and tables


class BoundedUpload(FileUploadHandler):
    """Django itself limits what stands beside the files, and files not at all."""

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
            raise RequestDataTooBig("more than may be sent at once")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
