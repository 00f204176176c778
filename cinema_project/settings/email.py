"""Email and SMS."""

from __future__ import annotations

from cinema_project.settings.base import SITE_NAME
from cinema_project.settings.env import DATA_DIR, env

MAIL_DIR = DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"{SITE_NAME} <tickets@localhost>")
if env.str("EMAIL_URL", ""):
    globals().update(env.dj_email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "notifications.eml_backend.EmlBackend"
    EMAIL_FILE_PATH = str(MAIL_DIR)
EMAIL_TIMEOUT = 10
SMS_GATEWAYS = {
    "console": "notifications.sms.console.ConsoleSms",
    "twilio": "notifications.sms.twilio.TwilioSms",
    "sns": "notifications.sms.sns.SnsSms",
    "http": "notifications.sms.http.HttpSms",
}
SMS_BACKEND = env.str("SMS_BACKEND", "console")  # one of these, or a dotted path
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
