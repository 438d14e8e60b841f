from django.apps import AppConfig, apps
from django.contrib.admin import apps as admin_apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")
    default = True

    def ready(self) -> None:
        from accounts import roles  # noqa: PLC0415  models exist from here on

        # Sent last for Django's auth, when the permissions of our rooms are in the database.
        post_migrate.connect(roles.seed, sender=apps.get_app_config("auth"))


class BackOfficeConfig(admin_apps.AdminConfig):
    """Django's admin, with our site as the default one."""

    default = False
    default_site = "accounts.admin_site.BackOffice"
