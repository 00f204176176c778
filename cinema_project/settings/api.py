"""The REST API and its schema."""

from __future__ import annotations

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.ApiTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.api.parsers.BoundedJsonParser"],
    "DEFAULT_SCHEMA_CLASS": "cinema_project.api.openapi.ApiSchema",
    "EXCEPTION_HANDLER": "core.api.problem_details.api_exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # "format" is a query parameter here: 2D, 3D
}
KNOX_TOKEN_MODEL = "knox.AuthToken"  # noqa: S105 (a model; migrations name it by this)
REST_KNOX = {"TOKEN_TTL": None, "AUTH_HEADER_PREFIX": "Token"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Layar API",
    "VERSION": "1.0.0",
    "DESCRIPTION": "Films, showtimes, seats, bookings and tickets of a cinema chain.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "MovieStatusEnum": "movies.api.serializers.STATUSES",
        "BookingStatusEnum": "bookings.models.BookingStatus",
    },
    "PREPROCESSING_HOOKS": ["core.api.paths.without_slash_twins"],
}
