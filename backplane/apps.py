from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class BackplaneConfig(AppConfig):
    name = "backplane"
    verbose_name = _("operation")

    def ready(self) -> None:
        """Import each app's `startup.py`: its schedules, readiness checks and watched topics."""
        autodiscover_modules("startup")
