"""The environment is checked at the start, and written down completely."""

import os
import subprocess
import sys

import pytest
from pydantic import ValidationError

from helpdesk import configuration
from helpdesk.env import ROOT, Environment, Mode, database_settings, mailer_settings

SECRET = "x" * 50
PRODUCTION = {
    "helpdesk_mode": "production",
    "secret_key": SECRET,
    "allowed_hosts": "helpdesk.example",
    "email_url": "smtp://mail.example",
}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch) -> None:
    for name in Environment.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def environment(**values: object) -> Environment:
    return Environment(_env_file=None, **values)


def start(**variables: str) -> subprocess.CompletedProcess[str]:
    """Start with nothing but these variables."""
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "ENV_FILE": os.devnull} | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_production_is_the_mode_when_none_is_given():
    others = {name: value for name, value in PRODUCTION.items() if name != "helpdesk_mode"}

    assert environment(**others).helpdesk_mode is Mode.PRODUCTION


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"secret_key": "short"}, "SECRET_KEY has fewer than 50 characters"),
        ({"debug": True}, "DEBUG is refused in production"),
        ({"allowed_hosts": ""}, "ALLOWED_HOSTS is empty"),
        ({"email_url": None}, "EMAIL_URL is missing"),
    ],
)
def test_a_mistake_in_production_is_told_by_name(wrong, words):
    with pytest.raises(ValidationError, match=words):
        environment(**PRODUCTION | wrong)


def test_demo_leaves_loopback_only_when_told_twice():
    demo = {"helpdesk_mode": "demo", "secret_key": SECRET, "host": "0.0.0.0"}

    with pytest.raises(ValidationError, match="DEMO_ON_NETWORK=yes"):
        environment(**demo)

    assert environment(**demo, demo_on_network="yes").host == "0.0.0.0"


def test_hosts_are_split_at_commas():
    hosts = environment(**PRODUCTION | {"allowed_hosts": "a.example, b.example,"}).allowed_hosts

    assert hosts == ("a.example", "b.example")


def test_a_start_without_a_secret_ends_with_its_name_and_no_traceback():
    ended = start(HELPDESK_MODE="demo")

    assert ended.returncode == 1
    assert "SECRET_KEY: Field required" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_start_with_an_unknown_database_says_so():
    ended = start(HELPDESK_MODE="demo", SECRET_KEY=SECRET, DATABASE_URL="mysql://x")

    assert ended.returncode == 1
    assert "DATABASE_URL has the unknown scheme 'mysql'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_database_addresses_are_translated():
    sqlite = database_settings("sqlite:////srv/desk.sqlite3", 5)
    postgres = database_settings("postgresql://desk:p%40ss@db.example:5433/desk", 5)

    assert str(sqlite["NAME"]) == "/srv/desk.sqlite3"
    assert (postgres["HOST"], postgres["PORT"], postgres["NAME"]) == ("db.example", "5433", "desk")
    assert postgres["PASSWORD"] == "p@ss"
    assert postgres["OPTIONS"]["pool"]["max_size"] == 5


def test_a_mail_address_without_a_host_is_refused():
    with pytest.raises(ValueError, match="EMAIL_URL"):
        mailer_settings("smtp://")


def test_every_variable_is_written_down():
    for path, text in configuration.pages().items():
        assert path.read_text() == text, f"{path.name} is behind: manage.py configuration --write"


def test_the_example_names_exactly_the_variables_that_are_read():
    lines = (ROOT / ".env.example").read_text().splitlines()

    named = {line.lstrip("# ").split("=")[0] for line in lines if "=" in line and "`" not in line}

    assert named == {name.upper() for name in Environment.model_fields}


def test_no_default_is_a_secret():
    for name, field in Environment.model_fields.items():
        if name.endswith(("_key", "_secret")):
            assert configuration.default_text(field) == "" or field.is_required()


def test_a_missing_campus_file_stops_the_start_with_its_name():
    ended = start(**{"HELPDESK_MODE": "demo", "SECRET_KEY": SECRET, "CAMPUS_FILE": "/nowhere.toml"})

    assert ended.returncode == 1
    assert "CAMPUS_FILE cannot be read: No such file or directory" in ended.stderr
