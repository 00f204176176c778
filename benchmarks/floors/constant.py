"""A minimal Django project with constant responses: no middleware, no sessions, one view."""

from __future__ import annotations

import os
from functools import cache

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    MIDDLEWARE=[],
    ROOT_URLCONF=__name__,
    SECRET_KEY=os.environ["SECRET_KEY"],
    USE_I18N=False,
)


@cache
def _body(size: int) -> bytes:
    return b"x" * size


def constant(request: HttpRequest, size: int) -> HttpResponse:
    headers = {"Content-Length": str(size)}  # without it granian would send chunks
    return HttpResponse(_body(size), content_type="application/json", headers=headers)


urlpatterns = [path("<int:size>", constant), path("healthz", constant, {"size": 2})]

application = get_wsgi_application()
