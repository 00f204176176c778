from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MoviesConfig(AppConfig):
    name = "movies"
    verbose_name = _("Films and cinemas")

    def ready(self) -> None:
        from movies import receivers  # noqa: F401  (connects signals)
