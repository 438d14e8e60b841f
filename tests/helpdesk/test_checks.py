"""What is wrong with a deployment is told by `manage.py check`, with an id that stays."""

from pathlib import Path

from django.db import connection

from helpdesk import checks


def test_a_missing_campus_file_is_named(settings):
    settings.CAMPUS_FILE = Path("/nowhere/campus.toml")

    (message,) = checks.campus_file_exists()

    assert message.id == "helpdesk.E001"
    assert "/nowhere/campus.toml" in message.msg


def test_the_campus_file_of_the_repository_is_there():
    assert checks.campus_file_exists() == []


def test_sqlite_is_not_for_a_campus(monkeypatch):
    monkeypatch.setattr(connection, "vendor", "sqlite")

    assert [message.id for message in checks.database_suits_production()] == ["helpdesk.W001"]


def test_postgresql_is(monkeypatch):
    monkeypatch.setattr(connection, "vendor", "postgresql")

    assert checks.database_suits_production() == []
