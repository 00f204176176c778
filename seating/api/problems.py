"""Schema responses for the errors of seats and holds."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse

PROBLEM = OpenApiResponse(OpenApiTypes.OBJECT)  # described by cinema_project.api.openapi
