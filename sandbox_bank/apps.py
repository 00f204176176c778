from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SandboxBankConfig(AppConfig):
    name = "sandbox_bank"
    label = "sandbox_bank"
    verbose_name = _("Sandbox bank")
