"""Misconfiguration that only the whole service can see, each with an id that stays."""

from typing import Any

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
