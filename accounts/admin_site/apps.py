"""Django's admin with our own site class."""

from django.contrib.admin.apps import AdminConfig


class OfficeConfig(AdminConfig):
    default_site = "accounts.admin_site.site.OfficeSite"
