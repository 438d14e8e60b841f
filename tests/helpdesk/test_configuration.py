"""The environment is checked at the start, and written down completely."""

import os
import subprocess
import sys

import pytest
from pydantic import ValidationError

from accounts.adapter import AccountAdapter
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


def ask_settings(code: str, **variables: str) -> str:
    """What the code prints that is run in a process with these variables, in demo mode."""
    asked = subprocess.run(
        [sys.executable, "-c", f"from helpdesk import settings; {code}"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "HELPDESK_MODE": "demo"}
        | {"SECRET_KEY": SECRET}
        | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return asked.stdout.strip()


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
    demo["allowed_hosts"] = "desk.example"

    with pytest.raises(ValidationError, match="DEMO_ON_NETWORK=yes"):
        environment(**demo)

    assert environment(**demo, demo_on_network="yes").host == "0.0.0.0"


def test_a_demo_on_the_network_names_the_hosts_that_others_type():
    demo = {"helpdesk_mode": "demo", "secret_key": SECRET, "demo_on_network": "yes"}

    with pytest.raises(ValidationError, match="ALLOWED_HOSTS is empty; name the hosts that people"):
        environment(**demo, host="0.0.0.0")

    assert environment(**demo).allowed_hosts == ()


def test_staging_may_print_its_mail():
    staging = PRODUCTION | {"helpdesk_mode": "staging", "email_url": None}

    backend = environment(**staging).mailer["BACKEND"]

    assert backend == "django.core.mail.backends.console.EmailBackend"


@pytest.mark.parametrize(
    ("proxies", "header"), [(0, "None"), (2, "('HTTP_X_FORWARDED_PROTO', 'https')")]
)
def test_forwarded_headers_are_believed_behind_a_proxy_only(proxies, header):
    shown = ask_settings(
        "print(settings.ALLAUTH_TRUSTED_PROXY_COUNT, settings.SECURE_PROXY_SSL_HEADER)",
        TRUSTED_PROXIES=str(proxies),
    )

    assert shown == f"{proxies} {header}"


def test_the_address_of_a_person_is_the_one_the_nearest_trusted_proxy_saw(rf, settings):
    forged = rf.get("/", headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})

    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    direct = AccountAdapter().get_client_ip(forged)
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    behind_one = AccountAdapter().get_client_ip(forged)

    assert (direct, behind_one) == ("127.0.0.1", "198.51.100.7")


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
    ended = start(HELPDESK_MODE="demo", SECRET_KEY=SECRET, CAMPUS_FILE="/nowhere.toml")

    assert ended.returncode == 1
    assert "CAMPUS_FILE cannot be read: No such file or directory" in ended.stderr
