from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports and incidents")

    def ready(self) -> None:
        from reports import announcements, backup_checks, discrepancies

        announcements.connect()
        backup_checks.connect()
        discrepancies.connect()
