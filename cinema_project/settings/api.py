"""The REST API and its schema."""

from __future__ import annotations

from cinema_project.settings.base import SITE_NAME, SITE_URL

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.SessionAuthentication",
        "accounts.api.authentication.ApiTokenAuthentication",
    ],
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
        "ClassificationEnum": "movies.models.Classification",
    },
    "PREPROCESSING_HOOKS": ["core.api.paths.without_slash_twins"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "cinema_project.api.nullable_objects.type_nullable_objects",
        "cinema_project.api.open_enums.open_response_enums",
    ],
    "SERVERS": [{"url": SITE_URL, "description": SITE_NAME}],
    "LICENSE": {"name": "MIT", "url": "https://opensource.org/license/mit"},
    "CONTACT": {"name": SITE_NAME, "url": SITE_URL},
    "TAGS": [
        {"name": "account", "description": "Signing in, and the customer's profile."},
        {"name": "bookings", "description": "Bookings, payments, tickets and cancellation."},
        {"name": "catalogue", "description": "Cinemas, films and showtimes."},
        {"name": "seats", "description": "Seats of a showtime, and holding them."},
        {"name": "staff", "description": "For the apps of the cinema's own staff."},
        {"name": "waiting rooms", "description": "Waiting for one's turn to hold seats."},
        {"name": "waitlist", "description": "Waiting for seats of a sold-out showtime."},
    ],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "bookingToken": {
                "type": "apiKey",
                "in": "header",
                "name": "X-Booking-Token",
                "description": "The `access_token` of one booking, for guests.",
            },
            "visitor": {
                "type": "apiKey",
                "in": "header",
                "name": "X-Visitor",
                "description": "A secret of one installation of an app, which owns its holds.",
            },
        }
    },
}
