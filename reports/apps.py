from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports and incidents")

    def ready(self) -> None:
        from reports import discrepancies
        from reports.dashboard import publisher
        from reports.monitoring import receivers

        publisher.connect()
        receivers.connect()
        discrepancies.connect()
