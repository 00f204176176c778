from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BookingsConfig(AppConfig):
    name = "bookings"
    verbose_name = _("Bookings and payments")

    def ready(self) -> None:
        from bookings import metrics, personal_data, receivers  # noqa: F401 (connects signals)
        from bookings.showtimes import ends  # noqa: F401 (connects signals)
        from bookings.waitlist import (  # noqa: F401 (connects signals)
            freed_seats,
        )
