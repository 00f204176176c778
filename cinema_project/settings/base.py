"""Name, addresses, language, time and currency of the installation."""

from __future__ import annotations

from cinema_project.settings.env import BASE_DIR, env

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


# --- Language, time and money
LANGUAGE_CODE = "id"
LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "cinema_project.formats"
USE_TZ = True
TIME_ZONE = "UTC"
CURRENCY = env.str("CURRENCY", "IDR")
SERVICE_FEE_RUPIAH = env.int("SERVICE_FEE_RUPIAH", 3_000)
