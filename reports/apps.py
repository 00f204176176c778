from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports and incidents")

    def ready(self) -> None:
        from reports.dashboard import receivers as _dashboard  # noqa: F401  # registers receivers
        from reports.monitoring import receivers as _monitoring  # noqa: F401
