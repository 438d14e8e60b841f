"""How allauth behaves here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import campus


class AccountAdapter(DefaultAccountAdapter):
    """allauth's door with our rules: no sign-up page, our words, no messages of its own."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": _(
            "That code didn’t match. Look for the newest mail, or send a new code."
        ),
        "rate_limited": _("That’s a lot of codes. You can ask for the next one in a few minutes."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come from the first sign-in alone."""
        return False

    def get_from_email(self) -> str:
        """The configured sender, else the desk."""
        desk = campus.load()
        return settings.DEFAULT_FROM_EMAIL or f'"{desk.short_name} Helpdesk" <{desk.desk.email}>'

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Say nothing: our pages show what happened."""
