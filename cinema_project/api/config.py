"""What an app needs to know before anything else."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.limits import LimitedView
from seating.holds.extension import HOLD_EXTENSION_SECONDS

FEATURES = ("sandbox", "sms", "waitlist")
LIVE_SEATS_PATH = "/ws/showtimes/{showtime}/seats/"
SOCKET_SCHEMES = {"http": "ws", "https": "wss"}


class ConfigSerializer(serializers.Serializer[dict[str, object]]):
    server_time = serializers.DateTimeField(
        help_text="The server's clock: count holds down against it, not against the device's."
    )
    minimum_app_version = serializers.CharField(
        help_text="Older apps should ask for an update; empty: no minimum."
    )
    languages = serializers.ListField(child=serializers.CharField())
    hold_seconds = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    hold_extension_seconds = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    hold_seats_max = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    features = serializers.ListField(
        child=serializers.ChoiceField(choices=FEATURES),
        help_text="What this installation offers: `sms`: text messages; `sandbox`: payments are "
        "simulated; `waitlist`: waiting for seats of sold-out showtimes.",
    )
    live_seats_url = serializers.CharField(
        help_text="Address of the live seats; replace `{showtime}` by its id."
    )
    prices_include_fee = serializers.BooleanField(
        help_text="Whether the service fee is part of the prices that the website shows."
    )


class Config(LimitedView):
    authentication_classes = ()  # an app with an expired token reads it, too

    @extend_schema(
        tags=["catalogue"],
        operation_id="get_config",
        summary="Server time, limits and the minimum app version",
        auth=[],
        responses={200: ConfigSerializer},
    )
    def get(self, request: Request) -> Response:
        """The server's clock and the limits that an app shows."""
        found = {
            "server_time": timezone.now(),
            "minimum_app_version": settings.MINIMUM_APP_VERSION,
            "languages": [code for code, _name in settings.LANGUAGES],
            "hold_seconds": settings.HOLD_SECONDS,
            "hold_extension_seconds": HOLD_EXTENSION_SECONDS,
            "hold_seats_max": settings.HOLD_SEATS_MAX,
            "features": features(),
            "live_seats_url": live_seats_url(),
            "prices_include_fee": settings.PRICES_INCLUDE_FEE,
        }
        return Response(ConfigSerializer(found).data, headers={"Cache-Control": "no-store"})


def features() -> list[str]:
    enabled = {
        "sandbox": settings.SANDBOX_ENABLED,
        "sms": settings.SMS_BACKEND != "console",
        "waitlist": True,
    }
    return [name for name in FEATURES if enabled[name]]


def live_seats_url() -> str:
    site = urlsplit(settings.SITE_URL)
    host = f"{site.hostname}:{settings.LIVE_PORT}" if settings.LIVE_PORT else site.netloc
    return f"{SOCKET_SCHEMES[site.scheme]}://{host}{LIVE_SEATS_PATH}"
