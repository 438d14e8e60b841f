"""What the pages for operators quote is what the program says."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk.env import ROOT
from helpdesk.management.commands import web

QUOTE = re.compile(r'"([^"]+)"')
OURS = ("helpdesk", "chat", "tickets", "knowledge", "accounts", "backplane", "templates", "bin")
OF_LIBRARIES = {
    "database is locked",
    "couldn't get a connection after …",
    "ALLAUTH_TRUSTED_PROXY_COUNT does not match X-Forwarded-For",
}


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def quotes() -> list[str]:
    return sorted(set(QUOTE.findall(page("troubleshooting.md"))) - OF_LIBRARIES)


def sources() -> Iterator[Path]:
    for folder in OURS:
        files = (path for path in (ROOT / folder).rglob("*") if path.is_file())
        yield from (path for path in files if path.suffix in {".py", ".html", ""})


@pytest.fixture(scope="module")
def code() -> str:
    """All that may say something; text written in pieces is put together."""
    text = "\n".join(path.read_text() for path in sources())
    return re.sub(r'"\s*\n\s*f?"', "", text)


@pytest.mark.parametrize("quote", quotes())
def test_every_message_that_troubleshooting_quotes_is_one_of_ours(quote, code):
    parts = [part.strip() for part in quote.split("…") if part.strip()]

    assert parts
    assert [part for part in parts if part not in code] == []


def test_the_page_quotes_something():
    assert len(quotes()) > 10


def test_the_command_that_running_names_is_the_one_that_is_run():
    shown = re.search(r"^python -m daphne(?:.*\\\n)*.*$", page("running.md"), re.MULTILINE)

    assert shown
    words = shown[0].replace("\\\n", " ").split()
    assert [sys.executable, *words[1:]] == web.command("127.0.0.1", 8000)


def test_each_schedule_that_contributing_shows_exists():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    code = "\n".join(path.read_text() for path in ROOT.glob("*/startup.py"))

    shown = re.findall(r"^(?:versions|schedules|readiness)\..+$", text, re.MULTILINE)

    assert len(shown) == 3
    assert [line for line in shown if line not in code] == []


@pytest.mark.parametrize("name", ["TRUSTED_PROXIES", "DEMO_ON_NETWORK", "ALLOWED_HOSTS"])
def test_running_says_how_to_serve_others(name):
    assert name in page("running.md")
