"""Name, addresses, language, time and currency of the installation."""

from __future__ import annotations

from django.conf.locale import LANG_INFO

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
# Browsers of old Android and Java versions still send the former code of Indonesian.
LANG_INFO |= {code: {"fallback": ["id"]} for code in ("in", "in-id")}
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "cinema_project.formats"
USE_TZ = True
TIME_ZONE = "UTC"
# A showtime that starts before this local hour belongs to the evening before. Not an environment
# variable: showtimes keep the business date that they were scheduled with.
BUSINESS_DAY_STARTS_HOUR = 5
SECURITY_CONTACT = env.str("SECURITY_CONTACT", "")  # mailto: or https:, for security.txt
CURRENCY = env.str("CURRENCY", "IDR")
SERVICE_FEE_RUPIAH = env.int("SERVICE_FEE_RUPIAH", 3_000)
PRICES_INCLUDE_FEE = env.bool("PRICES_INCLUDE_FEE", True)  # otherwise the fee stands beside them
# A showtime with at most this share of free seats is almost full, with at most so many of them
# side by side it has few together.
ALMOST_FULL_PERCENT = env.int("ALMOST_FULL_PERCENT", 15)
FEW_TOGETHER_SEATS = env.int("FEW_TOGETHER_SEATS", 2)
