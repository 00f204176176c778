"""Sales: holds, payment providers, tickets."""

from __future__ import annotations

from urllib.parse import urlsplit

from cinema_project.settings.base import SITE_URL
from cinema_project.settings.env import env

HOLD_SECONDS = env.int("HOLD_SECONDS", 300)
HOLD_SEATS_MAX = 8
# Named to apps by /api/v1/config: older ones should ask for an update; empty: none.
MINIMUM_APP_VERSION = env.str("MINIMUM_APP_VERSION", "")
# The chain's own apps, which open links to bookings (cinema_project/pwa/app_links.py).
ANDROID_APP_PACKAGE = env.str("ANDROID_APP_PACKAGE", "")
ANDROID_APP_FINGERPRINTS: list[str] = env.list("ANDROID_APP_FINGERPRINTS", [])
APPLE_APP_IDS: list[str] = env.list("APPLE_APP_IDS", [])  # TEAMID.bundle.id
# Addresses besides the site's own that a payment may return to; whole, without a query.
APP_RETURN_URLS: list[str] = env.list("APP_RETURN_URLS", [])
# Against hoarding (seating/holds/limits.py): seats taken within HOLD_SECONDS, unpaid holds an
# hour; and from which number of unpaid holds and of visitors in an hour a network becomes an
# incident.
HELD_SEATS_BY_VISITOR = env.int("HELD_SEATS_BY_VISITOR", 64)
HELD_SEATS_BY_NETWORK = env.int("HELD_SEATS_BY_NETWORK", 2_000)
LAPSED_HOLDS_BY_VISITOR = env.int("LAPSED_HOLDS_BY_VISITOR", 20)
UNPAID_SEATS_BY_NETWORK = env.int("UNPAID_SEATS_BY_NETWORK", 400)
HOARDING_LAPSES = env.int("HOARDING_LAPSES", 200)
HOARDING_VISITORS = env.int("HOARDING_VISITORS", 20)
# How long seats are held for a party of a waitlist; in the last hour before the start the second.
WAITLIST_OFFER_SECONDS = env.int("WAITLIST_OFFER_SECONDS", 600)
WAITLIST_SHORT_OFFER_SECONDS = env.int("WAITLIST_SHORT_OFFER_SECONDS", 180)
SWEEP_SECONDS = env.int("SWEEP_SECONDS", 3)
PAYMENT_PROVIDERS = {
    "sandbox": "bookings.payments.sandbox.provider.SandboxProvider",
    "midtrans": "bookings.payments.midtrans.provider.MidtransProvider",
    "stripe": "bookings.payments.stripe.provider.StripeProvider",
}
# A provider is offered once its keys are set; docs/payments.md explains where to get them.
MIDTRANS_SERVER_KEY = env.str("MIDTRANS_SERVER_KEY", "")
MIDTRANS_SNAP_URL = env.str("MIDTRANS_SNAP_URL", "https://app.midtrans.com/snap/v1").rstrip("/")
MIDTRANS_API_URL = env.str("MIDTRANS_API_URL", "https://api.midtrans.com/v2").rstrip("/")
MIDTRANS_MINIMUM_RUPIAH = env.int("MIDTRANS_MINIMUM_RUPIAH", 1)
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "")
STRIPE_WEBHOOK_SECRETS: list[str] = env.list("STRIPE_WEBHOOK_SECRETS", [])
STRIPE_API_URL = env.str("STRIPE_API_URL", "https://api.stripe.com/v1").rstrip("/")
# Stripe's minimum is about US$0.50 after conversion to the account's currency.
STRIPE_MINIMUM_RUPIAH = env.int("STRIPE_MINIMUM_RUPIAH", 10_000)
# Threads of one process that may wait for payment providers: fewer than a web process has.
PROVIDER_THREADS_MAX = env.int("PROVIDER_THREADS_MAX", 1)
# Refunds by staff above this amount, and of finished shows, need a second person; 0: none does.
REFUND_ALONE_MAX_RUPIAH = env.int("REFUND_ALONE_MAX_RUPIAH", 2_000_000)
# Multiplies every named rate limit, for load tests from one address.
RATE_LIMIT_FACTOR = env.int("RATE_LIMIT_FACTOR", 1)
SANDBOX_ENABLED = env.bool("SANDBOX_ENABLED", False)
SANDBOX_API_URL = env.str("SANDBOX_API_URL", f"{SITE_URL}/sandbox/api")
SANDBOX_WEBHOOK_SECRET = env.str("SANDBOX_WEBHOOK_SECRET", "")
# Where provider webhooks reach us; the sandbox bank uses a local address.
WEBHOOK_URL = env.str("WEBHOOK_URL", SITE_URL).rstrip("/")
# Origins that a checkout form may redirect to (CSP form-action).
PAYMENT_PAGE_ORIGINS: list[str] = env.list("PAYMENT_PAGE_ORIGINS", [])
if MIDTRANS_SERVER_KEY:
    PAYMENT_PAGE_ORIGINS.append(f"https://{urlsplit(MIDTRANS_SNAP_URL).netloc}")
if STRIPE_SECRET_KEY:
    PAYMENT_PAGE_ORIGINS.append("https://checkout.stripe.com")
TICKET_SIGNING_KEYS: list[str] = env.list("TICKET_SIGNING_KEY", [])
