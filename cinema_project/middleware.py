"""What every request passes through that is ours: its language, and what a refusal looks like."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import DataError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin

from core.api import problem_details
from core.errors import LayarError

ADMIN_PATH = "/admin/"
API_PATH = "/api/"
JSON_CONTENT_TYPES = ("application/json", problem_details.PROBLEM_CONTENT_TYPE)
JSON_POLICY = "default-src 'none'; frame-ancestors 'none'"
# Addresses without a language prefix that speak the language the client asks for.
UNPREFIXED_PATHS = (API_PATH, "/sandbox/", ADMIN_PATH)
LANGUAGES_KEPT_MAX = 500
NOT_KEPT = "private, no-store"


@lru_cache(maxsize=LANGUAGES_KEPT_MAX)
def language_of_header(accepted: str) -> str:
    """What ``LanguageMiddleware`` speaks to a client without cookies that accepts this."""
    asking = HttpRequest()
    asking.META["HTTP_ACCEPT_LANGUAGE"] = accepted
    return translation.get_language_from_request(asking)


def language_of_address(path: str) -> str:
    """What it speaks at an address of the site."""
    return translation.get_language_from_path(path) or settings.LANGUAGE_CODE


class ContentPolicyMiddleware(CSPMiddleware):
    """django-csp, but JSON gets a policy that needs no making: it may load nothing at all."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.headers.get("Content-Type", "").startswith(JSON_CONTENT_TYPES):
            response.headers["Content-Security-Policy"] = JSON_POLICY
            return response
        answered: HttpResponseBase = super().process_response(request, response)
        return answered


class NotKeptMiddleware(MiddlewareMixin):
    """What no view marks for keeping is kept by nobody: not by a cache on the way, nor by the
    browser, where the next person at a shared machine would go back to it."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not request.path_info.startswith(API_PATH):
            response.headers.setdefault("Cache-Control", NOT_KEPT)
        return response


class _NotForTheApi(MiddlewareMixin):
    """The API knows its callers by tokens: cookies and what hangs on them are for pages."""

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(API_PATH):
            return self.get_response(request)
        return super().__call__(request)


class SiteSessionMiddleware(_NotForTheApi, SessionMiddleware):
    pass


class SiteAuthenticationMiddleware(_NotForTheApi, AuthenticationMiddleware):
    pass


class SiteMessageMiddleware(_NotForTheApi, MessageMiddleware):
    pass


class LanguageMiddleware(LocaleMiddleware):
    """The site's language is in its address; API, admin and sandbox follow Accept-Language."""

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
        # The address alone decides: a shared cache need not keep a copy for every browser.
        response.headers.setdefault("Content-Language", translation.get_language() or "")
        return response


class ProblemMiddleware(MiddlewareMixin):
    """Turns a refusal, also the database's, into its page; gives admin its CSP."""

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
            live_origin = getattr(request, "live_origin", "")  # of a page that listens elsewhere
            if live_origin:
                response._csp_update = {"connect-src": [live_origin]}  # type: ignore[attr-defined]
        return response
