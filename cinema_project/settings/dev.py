"""Settings of `bin/dev`: DEBUG, django-debug-toolbar, uncached templates and static files.

Not part of `cinema_project.settings`, so that an installation cannot select them by accident.
"""

from __future__ import annotations

from cinema_project.settings import *  # noqa: F403
from cinema_project.settings.apps import INSTALLED_APPS, MIDDLEWARE, TEMPLATES
from cinema_project.settings.security import CONTENT_SECURITY_POLICY
from cinema_project.settings.storage import STORAGES

DEBUG = True
ROOT_URLCONF = "cinema_project.dev.urls"
INTERNAL_IPS = ["127.0.0.1", "::1"]
INSTALLED_APPS = [*INSTALLED_APPS, "debug_toolbar"]
# Without the fast path, so that the toolbar sees every page.
MIDDLEWARE = [
    "debug_toolbar.middleware.DebugToolbarMiddleware",
    *(name for name in MIDDLEWARE if not name.endswith(".FastPathMiddleware")),
]
TEMPLATES[0]["APP_DIRS"] = False
TEMPLATES[0]["OPTIONS"]["loaders"] = [  # Django caches templates even with DEBUG
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
CONTENT_SECURITY_POLICY["DIRECTIVES"]["style-src"] = ["'self'", "'unsafe-inline'"]  # the toolbar
