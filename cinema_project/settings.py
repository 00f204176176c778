"""Everything that differs between two installations comes from the environment, read here once.

docs/operations.md lists each variable.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from celery.schedules import crontab, schedule
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from environs import Env
from whitenoise.compress import Compressor

django_stubs_ext.monkeypatch()
env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("LAYAR_DATA", str(BASE_DIR / "var"))).resolve()
# bin/run leaves its variables here, so that manage.py finds the same stores. Others stand.
env.read_env(str(DATA_DIR / "environment"), recurse=False)

# --- What it is and where it is reached ------------------------------------------------------
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
SITE_NAME = env.str("SITE_NAME", "Layar")
SITE_URL = env.str("SITE_URL", "http://localhost:8000").rstrip("/")
LIVE_PORT = env.str("LIVE_PORT", "")  # empty: WebSockets on the site's own origin
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)
HTTPS = SITE_URL.startswith("https://")
DEMO = env.bool("DEMO", False)

ROOT_URLCONF = "cinema_project.urls"
WSGI_APPLICATION = "cinema_project.wsgi.application"
ASGI_APPLICATION = "cinema_project.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    # It takes over runserver; every other process would load its network code for nothing.
    *(["daphne"] if "runserver" in sys.argv else []),
    "unfold",
    "django.contrib.admin",
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
    "phonenumber_field",
    "django_celery_beat",
    "dbbackup",
    "csp",
    "accounts",
    "backups",
    "movies",
    "seating",
    "bookings",
    "bookings.payments.sandbox_bank",
    "notifications",
    "reports",
    "demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "cinema_project.middleware.ContentPolicyMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cinema_project.middleware.SiteSessionMiddleware",
    "cinema_project.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "cinema_project.middleware.SiteAuthenticationMiddleware",
    "cinema_project.middleware.SiteMessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "cinema_project.middleware.ProblemMiddleware",
    "accounts.idempotency.IdempotencyMiddleware",
]

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
                "cinema_project.context.site",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

# --- Stores ----------------------------------------------------------------------------------
LOCK_TIMEOUT_MS = 3_000
STATEMENT_TIMEOUT_MS = 5_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000
# Operators' commands (migrations, seeding, restores) may take longer: manage.py switches it off.
DATABASE_TIMEOUTS = env.bool("DATABASE_TIMEOUTS", True)
DATABASE_POOL = env.bool("DATABASE_POOL", False)  # for ASGI, where threads come and go

DATABASES: dict[str, Any] = {"default": env.dj_db_url("DATABASE_URL")}
DATABASES["default"] |= {
    "ENGINE": "django.db.backends.postgresql",
    "CONN_MAX_AGE": 0 if DATABASE_POOL else env.int("CONN_MAX_AGE", 600),
    "CONN_HEALTH_CHECKS": not DATABASE_POOL,
}
_database_options: dict[str, Any] = {"application_name": "layar"}
if DATABASE_TIMEOUTS:
    _database_options["options"] = (
        f"-c lock_timeout={LOCK_TIMEOUT_MS} -c statement_timeout={STATEMENT_TIMEOUT_MS} "
        f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_TIMEOUT_MS}"
    )
if DATABASE_POOL:
    _database_options["pool"] = {"min_size": 1, "max_size": 8, "timeout": 5}
DATABASES["default"]["OPTIONS"] = _database_options

REDIS_URL = env.str("REDIS_URL").rstrip("/")
# A test process shifts these three to databases of its own.
REDIS_DATABASE_OFFSET = env.int("REDIS_DATABASE_OFFSET", 0)
CACHE_URL = env.str("CACHE_URL", f"{REDIS_URL}/{REDIS_DATABASE_OFFSET}")
CHANNEL_LAYER_URL = env.str("CHANNEL_LAYER_URL", f"{REDIS_URL}/{REDIS_DATABASE_OFFSET + 1}")
BROKER_URL = env.str("BROKER_URL", f"{REDIS_URL}/{REDIS_DATABASE_OFFSET + 2}")

CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "layar",
        "OPTIONS": {
            "CLIENT_CLASS": "django_redis.client.DefaultClient",
            # A cache that is away must slow nobody down for long, and never break a page.
            "SOCKET_CONNECT_TIMEOUT": 0.25,
            "SOCKET_TIMEOUT": 1.0,
            "IGNORE_EXCEPTIONS": True,
        },
    }
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True

# Redis pub/sub knows no databases, so the prefix keeps two installations apart.
CHANNEL_LAYER_PREFIX = f"layar{REDIS_DATABASE_OFFSET}"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [{"address": CHANNEL_LAYER_URL, "socket_timeout": None}],
            "prefix": CHANNEL_LAYER_PREFIX,
        },
    }
}

# --- People ----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator"},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "bookings:mine"
LOGOUT_REDIRECT_URL = "movies:home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupForm"
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_CHANGE_EMAIL = True  # one address each; the new one counts once it is confirmed
ACCOUNT_LOGOUT_REDIRECT_URL = LOGOUT_REDIRECT_URL
ACCOUNT_RATE_LIMITS = {
    "login": "20/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "10/m/ip",
    "reset_password": "10/m/ip,3/m/key",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
PHONENUMBER_DEFAULT_REGION = "ID"
PHONENUMBER_DB_FORMAT = "E164"

# --- Language, time and money ----------------------------------------------------------------
LANGUAGE_CODE = "id"
LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
CURRENCY = env.str("CURRENCY", "IDR")
SERVICE_FEE_RUPIAH = env.int("SERVICE_FEE_RUPIAH", 3_000)

# --- Selling ---------------------------------------------------------------------------------
HOLD_SECONDS = env.int("HOLD_SECONDS", 300)
HOLD_SEATS_MAX = 8
SWEEP_SECONDS = env.int("SWEEP_SECONDS", 3)
PAYMENT_PROVIDERS = {
    "sandbox": "bookings.payments.sandbox.SandboxProvider",
    "midtrans": "bookings.payments.midtrans.MidtransProvider",
    "stripe": "bookings.payments.stripe.StripeProvider",
}
# A provider is offered once its keys are here; docs/payments.md tells where to get them.
MIDTRANS_SERVER_KEY = env.str("MIDTRANS_SERVER_KEY", "")
MIDTRANS_SNAP_URL = env.str("MIDTRANS_SNAP_URL", "https://app.midtrans.com/snap/v1").rstrip("/")
MIDTRANS_API_URL = env.str("MIDTRANS_API_URL", "https://api.midtrans.com/v2").rstrip("/")
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "")
STRIPE_WEBHOOK_SECRETS: list[str] = env.list("STRIPE_WEBHOOK_SECRETS", [])
STRIPE_API_URL = env.str("STRIPE_API_URL", "https://api.stripe.com/v1").rstrip("/")
# Multiplies every named rate limit: a load test from one address stands for a whole town.
RATE_LIMIT_FACTOR = env.int("RATE_LIMIT_FACTOR", 1)
SANDBOX_ENABLED = env.bool("SANDBOX_ENABLED", False)
SANDBOX_API_URL = env.str("SANDBOX_API_URL", f"{SITE_URL}/sandbox/api")
SANDBOX_WEBHOOK_SECRET = env.str("SANDBOX_WEBHOOK_SECRET", "")
# Where a provider's servers reach us; the sandbox runs beside us and may use a shorter way.
WEBHOOK_URL = env.str("WEBHOOK_URL", SITE_URL).rstrip("/")
# Origins that a checkout form may be sent on to (the browser enforces it on redirects, too).
PAYMENT_PAGE_ORIGINS: list[str] = env.list("PAYMENT_PAGE_ORIGINS", [])
if MIDTRANS_SERVER_KEY:
    PAYMENT_PAGE_ORIGINS.append(f"https://{urlsplit(MIDTRANS_SNAP_URL).netloc}")
if STRIPE_SECRET_KEY:
    PAYMENT_PAGE_ORIGINS.append("https://checkout.stripe.com")
TICKET_SIGNING_KEYS: list[str] = env.list("TICKET_SIGNING_KEY", [])

# --- Work in the background ------------------------------------------------------------------
CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A request must not wait for a broker that is away: the sweeps pick up what was not queued.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 0.5,
    "socket_timeout": 30,
    # Without these a request that queues something waits six seconds for an absent broker.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep-holds": {"task": "seating.tasks.sweep_holds", "schedule": schedule(SWEEP_SECONDS)},
    "sweep-bookings": {
        "task": "bookings.tasks.sweep_bookings",
        "schedule": schedule(SWEEP_SECONDS),
    },
    "poll-payments": {"task": "bookings.tasks.poll_payments", "schedule": schedule(10)},
    "reconcile-payments": {
        "task": "bookings.tasks.reconcile_payments",
        "schedule": crontab(hour=2, minute=15),  # in the morning, after the UTC day has ended
    },
    "cancel-showtimes": {"task": "bookings.tasks.cancel_showtimes", "schedule": schedule(10)},
    "send-refunds": {"task": "bookings.tasks.send_refunds", "schedule": schedule(10)},
    "deliver-messages": {
        "task": "notifications.tasks.deliver_waiting",
        "schedule": schedule(10),
    },
    "remind": {"task": "notifications.tasks.owe_reminders", "schedule": schedule(5 * 60)},
    "check-invariants": {"task": "reports.tasks.check_invariants", "schedule": schedule(60)},
    "forget-idempotent-requests": {
        "task": "accounts.tasks.forget_idempotent_requests",
        "schedule": schedule(60 * 60),
    },
    "sandbox-bank": {
        "task": "bookings.payments.sandbox_bank.tasks.catch_up",
        "schedule": schedule(3),
    },
    "backup": {"task": "backups.tasks.run_backup", "schedule": schedule(4 * 60 * 60)},
    "backup-drill": {
        "task": "backups.tasks.drill",
        "schedule": crontab(hour=20, minute=45),  # deep in the Indonesian night
    },
}

# --- Mail and SMS ----------------------------------------------------------------------------
MAIL_DIR = DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"{SITE_NAME} <tickets@localhost>")
if env.str("EMAIL_URL", ""):
    globals().update(env.dj_email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "notifications.mail_files.EmlBackend"
    EMAIL_FILE_PATH = str(MAIL_DIR)
EMAIL_TIMEOUT = 10
SMS_GATEWAYS = {
    "console": "notifications.sms.console.ConsoleSms",
    "twilio": "notifications.sms.twilio.TwilioSms",
    "sns": "notifications.sms.sns.SnsSms",
    "http": "notifications.sms.http.HttpSms",
}
SMS_BACKEND = env.str("SMS_BACKEND", "console")  # one of these, or a class of your own
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", "")
TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", "")
TWILIO_FROM = env.str("TWILIO_FROM", "")
TWILIO_API_URL = env.str("TWILIO_API_URL", "https://api.twilio.com/2010-04-01").rstrip("/")
SNS_REGION = env.str("SNS_REGION", "")
SNS_SENDER_ID = env.str("SNS_SENDER_ID", "")
SNS_ENDPOINT_URL = env.str("SNS_ENDPOINT_URL", "")
SMS_HTTP_URL = env.str("SMS_HTTP_URL", "")
SMS_HTTP_METHOD = env.str("SMS_HTTP_METHOD", "POST")
SMS_HTTP_FORMAT = env.str("SMS_HTTP_FORMAT", "json")
SMS_HTTP_BODY = env.str("SMS_HTTP_BODY", '{"to": "{to}", "text": "{text}"}')
SMS_HTTP_AUTH = env.str("SMS_HTTP_AUTH", "")
SMS_HTTP_AUTH_HEADER = env.str("SMS_HTTP_AUTH_HEADER", "Authorization")
SMS_HTTP_REFERENCE = env.str("SMS_HTTP_REFERENCE", "")

# --- Files -----------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
BACKUP_DIR = DATA_DIR / "backups"
BACKUP_PUBLIC_KEYS: list[str] = env.list("BACKUP_PUBLIC_KEYS", [])  # none: not encrypted
BACKUP_PRIVATE_KEY_FILE = env.str("BACKUP_PRIVATE_KEY_FILE", "")
BACKUP_KEEP_COUNT = env.int("BACKUP_KEEP_COUNT", 18)  # three days, one every four hours
BACKUP_KEEP_DAYS = env.int("BACKUP_KEEP_DAYS", 30)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "cinema_project.static_files.StaticFilesStorage"},
    "dbbackup": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        # A dump holds everybody's data: for the owner of the process alone.
        "OPTIONS": {
            "location": str(BACKUP_DIR),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
}
DBBACKUP_CONNECTORS = {
    "default": {
        "CONNECTOR": "dbbackup.db.postgresql.PgDumpBinaryConnector",
        "DUMP_CMD": env.str("PG_DUMP", "pg_dump"),
        "RESTORE_CMD": env.str("PG_RESTORE", "pg_restore"),
    }
}

# --- API -------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["knox.auth.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "cinema_project.problems.api_exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # "format" is a screen's here: 2D, 3D
}
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
    "ENUM_NAME_OVERRIDES": {"MovieStatusEnum": "movies.serializers.STATUSES"},
    "PREPROCESSING_HOOKS": ["movies.api_paths.without_slash_twins"],
}

# --- Safety ----------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF, *PAYMENT_PAGE_ORIGINS],
        "connect-src": [SELF],
    },
}
# The admin theme evaluates expressions in its templates; nothing else may.
ADMIN_CONTENT_SECURITY_POLICY = {
    "script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
}
PERMISSIONS_POLICY: dict[str, Any] = {
    "camera": "self",  # ticket check-in scans with it
    "geolocation": [],
    "microphone": [],
    "payment": [],
    "usb": [],
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", False)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 0)
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- The managers' office --------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": SITE_NAME,
    "SITE_HEADER": SITE_NAME,
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "reports.desk_page.dashboard",
    "LOGIN": {"form": "accounts.staff_sign_in.StaffSignInForm"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    # Every address asked, references in it included, is too much.
    "loggers": {"httpx": {"level": "WARNING"}},
}
