"""What is wrong with a deployment is told by `manage.py check`, with an id that stays."""

from django.db import connection

from helpdesk import checks


def test_sqlite_is_not_for_a_campus(monkeypatch):
    monkeypatch.setattr(connection, "vendor", "sqlite")

    assert [message.id for message in checks.database_suits_production()] == ["helpdesk.W001"]


def test_postgresql_is(monkeypatch):
    monkeypatch.setattr(connection, "vendor", "postgresql")

    assert checks.database_suits_production() == []
