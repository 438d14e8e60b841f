"""What is wrong with a deployment is told by `manage.py check`, with an id that stays."""

import pytest
from django.db import connection

from helpdesk import checks


def test_sqlite_is_not_for_a_campus(monkeypatch):
    monkeypatch.setattr(connection, "vendor", "sqlite")

    assert [message.id for message in checks.database_suits_production()] == ["helpdesk.W001"]


def test_postgresql_is(monkeypatch):
    monkeypatch.setattr(connection, "vendor", "postgresql")

    assert checks.database_suits_production() == []


def test_https_without_a_proxy_that_is_trusted_is_told(settings):
    settings.SECURE_SSL_REDIRECT, settings.IS_BEHIND_PROXY = True, False

    assert [message.id for message in checks.proxy_is_known()] == ["helpdesk.W002"]


@pytest.mark.parametrize(("redirects", "is_behind"), [(True, True), (False, False)])
def test_https_behind_a_trusted_proxy_is_well(redirects, is_behind, settings):
    settings.SECURE_SSL_REDIRECT, settings.IS_BEHIND_PROXY = redirects, is_behind

    assert checks.proxy_is_known() == []
