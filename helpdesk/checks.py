"""Misconfiguration that only the whole service can see, each with an id that stays."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning
from django.db import connection


def database_suits_production(**options: Any) -> list[CheckMessage]:
    """helpdesk.W001"""
    if connection.vendor != "sqlite":
        return []
    return [
        Warning(
            "SQLite lets one process write at a time.",
            hint="DATABASE_URL=postgresql://… serves a campus.",
            id="helpdesk.W001",
        )
    ]


def proxy_is_known(**options: Any) -> list[CheckMessage]:
    """helpdesk.W002"""
    if settings.IS_BEHIND_PROXY or not settings.SECURE_SSL_REDIRECT:
        return []
    return [
        Warning(
            "Pages are sent to HTTPS for ever, because no proxy that ends it is trusted.",
            hint="TRUSTED_PROXIES=1 behind one proxy.",
            id="helpdesk.W002",
        )
    ]
