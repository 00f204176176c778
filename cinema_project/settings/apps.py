"""Installed apps, middleware, templates."""

from __future__ import annotations

from typing import Any

from cinema_project.settings.env import BASE_DIR, env

ROOT_URLCONF = "cinema_project.urls"
WSGI_APPLICATION = "cinema_project.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "accounts.admin_site.apps.OfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "channels",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "phonenumber_field",
    "django_celery_beat",
    "backups",  # before dbbackup, whose commands it replaces
    "dbbackup",
    "pgtrigger",
    "pghistory",
    "csp",
    "core",
    "accounts",
    "movies",
    "seating",
    "bookings",
    "sandbox_bank",
    "notifications",
    "reports",
    "demo",
]

MIDDLEWARE = [
    "cinema_project.observability.requests.RequestMiddleware",
    # Middleware that counts or identifies requests must come before it, because it responds to
    # many requests.
    "cinema_project.fast_path.FastPathMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "cinema_project.middleware.ContentPolicyMiddleware",
    "cinema_project.middleware.NoStoreMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cinema_project.middleware.SiteSessionMiddleware",
    "cinema_project.middleware.LanguageMiddleware",
    "cinema_project.middleware.StaffWritesMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "cinema_project.middleware.SiteAuthenticationMiddleware",
    "cinema_project.middleware.SiteMessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "cinema_project.middleware.ProblemDetailsMiddleware",
    "cinema_project.middleware.AdminTimeZoneMiddleware",
]
# For servers without a proxy in front of them; nginx compresses more cheaply.
COMPRESS_RESPONSES = env.bool("COMPRESS_RESPONSES", False)
if COMPRESS_RESPONSES:
    MIDDLEWARE.insert(0, "django.middleware.gzip.GZipMiddleware")

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cinema_project.context_processors.site",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]
