"""Django's admin, with our own site for the managers' office."""

from django.contrib.admin.apps import AdminConfig


class OfficeConfig(AdminConfig):
    default_site = "accounts.admin_site.site.OfficeSite"
