"""The tables of all rooms: made from nothing, taken back to nothing, and made again."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from helpdesk.env import ROOT
from tests.backends import database_url

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

ROOMS = ("chat", "tickets", "knowledge", "accounts", "backplane")

THERE_AND_BACK = """
import json, sys
import django; django.setup()
from django.core.management import call_command
from django.db import connection

call_command("migrate", verbosity=0)
tables = [connection.introspection.table_names()]
for room in {rooms!r}:
    call_command("migrate", room, "zero", verbosity=0)
tables.append(connection.introspection.table_names())
call_command("migrate", verbosity=0)
tables.append(connection.introspection.table_names())
print(json.dumps(tables))
"""


@pytest.fixture
def empty_database(tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table, beside that of the tests."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.sqlite3"
        return
    name = f"empty_{connection.settings_dict['NAME']}"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
        yield urlsplit(database_url())._replace(path=f"/{name}").geturl()
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_every_migration_goes_forwards_backwards_and_forwards_again(empty_database: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", THERE_AND_BACK.format(rooms=ROOMS)],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": empty_database},
        capture_output=True,
        text=True,
        timeout=100,
    )

    assert ended.returncode == 0, ended.stderr
    there, back, again = map(set, json.loads(ended.stdout))
    ours = {
        model._meta.db_table
        for room in ROOMS
        for model in apps.get_app_config(room).models.values()
    }
    assert ours <= there
    assert ours.isdisjoint(back)
    assert again == there


def test_no_model_waits_for_a_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
