"""The project's middleware: security policy, caching, language, errors, time zone, replica."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import MiddlewareNotUsed
from django.db import DataError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import timezone, translation
from django.utils.deprecation import MiddlewareMixin

from core.api import problem_details
from core.db import replica
from core.errors import LayarError

ADMIN_PATH = "/admin/"
API_PATH = "/api/"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
JSON_CONTENT_TYPES = ("application/json", problem_details.PROBLEM_CONTENT_TYPE)
JSON_POLICY = "default-src 'none'; frame-ancestors 'none'"
# Paths without a language prefix: their language follows Accept-Language.
UNPREFIXED_PATHS = (API_PATH, "/sandbox/", ADMIN_PATH)
LANGUAGE_CACHE_SIZE = 500
NO_STORE = "private, no-store"


@lru_cache(maxsize=LANGUAGE_CACHE_SIZE)
def language_of_header(accept_language: str) -> str:
    """The language that ``LanguageMiddleware`` activates for this Accept-Language header."""
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = accept_language
    return translation.get_language_from_request(request)


@lru_cache(maxsize=LANGUAGE_CACHE_SIZE)
def language_of_path(path: str) -> str:
    """The language that ``LanguageMiddleware`` activates for a path of the site."""
    return translation.get_language_from_path(path) or settings.LANGUAGE_CODE


class ContentPolicyMiddleware(CSPMiddleware):
    """django-csp, with a constant policy for JSON: it may load nothing."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.headers.get("Content-Type", "").startswith(JSON_CONTENT_TYPES):
            response.headers["Content-Security-Policy"] = JSON_POLICY
            return response
        processed: HttpResponseBase = super().process_response(request, response)
        return processed


class NoStoreMiddleware(MiddlewareMixin):
    """Sends ``Cache-Control: no-store`` unless the view set its own header.

    On a shared machine the next person could otherwise go back to a page of the previous one.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not request.path_info.startswith(API_PATH):
            response.headers.setdefault("Cache-Control", NO_STORE)
        return response


class _SkipApi(MiddlewareMixin):
    """Skips a middleware for the API, which uses tokens and no cookies."""

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(API_PATH):
            return self.get_response(request)
        return super().__call__(request)


class SiteSessionMiddleware(_SkipApi, SessionMiddleware):
    pass


class SiteAuthenticationMiddleware(_SkipApi, AuthenticationMiddleware):
    pass


class SiteMessageMiddleware(_SkipApi, MessageMiddleware):
    pass


class LanguageMiddleware(LocaleMiddleware):
    """Site pages take their language from the path; API, admin and sandbox from Accept-Language."""

    def process_request(self, request: HttpRequest) -> None:
        if request.path_info.startswith(UNPREFIXED_PATHS):
            language = translation.get_language_from_request(request)
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
        else:
            super().process_request(request)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.path_info.startswith(UNPREFIXED_PATHS):
            return super().process_response(request, response)
        # Without Vary: only the path decides, so a shared cache needs one copy.
        response.headers.setdefault("Content-Language", translation.get_language() or "")
        return response


class ProblemDetailsMiddleware(MiddlewareMixin):
    """Renders our errors and the database's as error pages; sets the admin's CSP."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, LayarError | OperationalError | DataError):
            refusal = problem_details.as_layar_error(exception)
            return problem_details.site_answer(request, refusal) if refusal else None
        return None

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.path_info.startswith(ADMIN_PATH):
            response._csp_replace = settings.ADMIN_CONTENT_SECURITY_POLICY  # type: ignore[attr-defined]  # django-csp's own hook
            live_origin = getattr(
                request, "live_origin", ""
            )  # of a page whose WebSocket has another origin
            if live_origin:
                response._csp_update = {"connect-src": [live_origin]}  # type: ignore[attr-defined]
        return response


class AdminTimeZoneMiddleware:
    """Resets the time zone that ``movies.office.admin`` activates for a changelist or form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(ADMIN_PATH):
            return self.get_response(request)
        with timezone.override(None):
            return self.get_response(request)


class StaffWritesMiddleware:
    """Ensures that reports include the user's own changes, also when read from a replica."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if replica.ALIAS not in settings.DATABASES:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method not in SAFE_METHODS and request.path_info.startswith(ADMIN_PATH):
            replica.must_have_caught_up()
        return response
