"""A browser, and two desks to point it at: one that answers by itself and one with a model.

Whatever the page complains about on its console, a violated content security policy included,
fails the test. A test that breaks the network on purpose says so by `network_may_fail`.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    StorageState,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.e2e.desk import Desk, ModelServer, prepare
from tests.e2e.person import sign_in

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
]
PHONE, DESKTOP = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=800)
NETWORK = re.compile(r"Failed to load resource|WebSocket connection|ws:error|ERR_|Failed to fetch")

expect.set_options(timeout=10_000)

Visit = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def prepared() -> Iterator[Path]:
    """A database file as `make setup` leaves it, to be copied for each desk."""
    folder = Path(tempfile.mkdtemp(prefix="helpdesk-e2e-"))
    os.environ["QUESTIONS_PER_MINUTE"] = "1000"
    prepare(folder / "prepared.sqlite3")
    yield folder / "prepared.sqlite3"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def desk(prepared: Path) -> Iterator[Desk]:
    """The helpdesk without a model: the help centre answers."""
    yield from _running(Desk.of(prepared, "knowledge"))


@pytest.fixture(scope="session")
def model() -> Iterator[ModelServer]:
    yield from _running(ModelServer())


@pytest.fixture(scope="session")
def model_desk(prepared: Path, model: ModelServer) -> Iterator[Desk]:
    """The helpdesk with a model that answers as a word in the question says."""
    yield from _running(Desk.of(prepared, "model", **model.settings))


@pytest.fixture
def mortal_desk(prepared: Path, model: ModelServer) -> Iterator[Desk]:
    """A desk with a model, for the test alone, that may be killed."""
    yield from _running(Desk.of(prepared, "mortal", **model.settings))


def _running[T: (Desk, ModelServer)](server: T) -> Iterator[T]:
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next(filter(os.path.exists, CHROMIUM), None)
    if program is None:
        pytest.exit("The browser tests need chromium: apt-get install chromium", returncode=3)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def sessions(browser: Browser) -> Callable[[Desk, str], StorageState]:
    """The cookies of somebody who signed in at a desk; each signs in once."""
    known: dict[tuple[str, str], StorageState] = {}

    def session_of(desk: Desk, name: str) -> StorageState:
        if (desk.url, name) not in known:
            context = browser.new_context()
            sign_in(context.new_page(), desk.url, name)
            known[desk.url, name] = context.storage_state()
            context.close()
        return known[desk.url, name]

    return session_of


@pytest.fixture
def complaints(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """What pages said on the console that they should not."""
    said: list[str] = []
    yield said
    if "network_may_fail" in request.fixturenames:
        said[:] = [words for words in said if not NETWORK.search(words)]
    assert said == []


@pytest.fixture
def network_may_fail() -> None:
    """Requests that fail are part of the test."""


@pytest.fixture
def visit(
    browser: Browser,
    sessions: Callable[[Desk, str], StorageState],
    complaints: list[str],
) -> Iterator[Visit]:
    """Open a desk's page in a browser of its own: `visit(desk, "/", who="Ada Lovelace")`."""
    contexts: list[BrowserContext] = []

    def open_page(
        desk: Desk, path: str = "/", *, who: str | None = "Ada Lovelace", **options: Any
    ) -> Page:
        settings: dict[str, Any] = {
            "base_url": desk.url,
            "viewport": DESKTOP,
            "reduced_motion": "reduce",
            "storage_state": sessions(desk, who) if who else None,
        }
        context = browser.new_context(**settings | options)
        contexts.append(context)
        context.on("console", lambda message: _listen(message, complaints))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        page = context.new_page()
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def _listen(message: ConsoleMessage, complaints: list[str]) -> None:
    is_admin_icon = message.location["url"].endswith("/favicon.ico")
    if message.type == "error" and not is_admin_icon:
        complaints.append(f"{message.text} ({message.page and message.page.url})")
