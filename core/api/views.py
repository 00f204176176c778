"""Base of the API's views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.views import APIView

from core.api.deprecation import Deprecation
from core.errors import FieldProblem, InvalidInput

if TYPE_CHECKING:  # not needed by processes that serve no API
    from drf_spectacular.utils import OpenApiParameter

SHOWN_LENGTH_MAX = 40
SHOWN_MAX = 20


class ApiView(APIView):
    """A view that refuses query parameters that it does not read.

    ``query`` lists those of its GET, for the check and for the OpenAPI document. Other methods read
    none. ``deprecation`` is announced with every response.
    """

    query: ClassVar[Sequence[OpenApiParameter]] = ()
    deprecation: ClassVar[Deprecation | None] = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if unknown := self.unknown_parameters(request):
            detail = _("There is no such parameter.")
            raise InvalidInput.of(
                [
                    FieldProblem(name[:SHOWN_LENGTH_MAX], "unknown_parameter", detail)
                    for name in unknown[:SHOWN_MAX]
                ]
            )

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        finished = super().finalize_response(request, response, *args, **kwargs)
        if self.deprecation is not None:
            for name, value in self.deprecation.headers.items():
                finished[name] = value
        return finished

    def unknown_parameters(self, request: HttpRequest | Request) -> list[str]:
        is_read = request.method in ("GET", "HEAD")
        known = {parameter.name for parameter in self.query} if is_read else set()
        return [name for name in request.GET if name not in known]


def django_request(request: Request) -> HttpRequest:
    """The request of Django that one of the API wraps; sessions and forms take this one."""
    return request._request
