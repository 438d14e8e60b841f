"""Misconfiguration that only the whole service can see, each with an id that stays."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.db import connection


def campus_file_exists(**options: Any) -> list[CheckMessage]:
    """helpdesk.E001"""
    if settings.CAMPUS_FILE.is_file():
        return []
    return [
        Error(
            f"The campus file {settings.CAMPUS_FILE} does not exist.",
            hint="CAMPUS_FILE names the file with everything specific to this campus.",
            id="helpdesk.E001",
        )
    ]


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
