"""The product as it is run: daphne in a process of its own, on a database file of its own."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Cookie

from helpdesk.env import ROOT
from tests.backends import free_port, wait_for_port

READY_WITHIN_S = 30


def prepare(database: Path) -> None:
    """Migrate, seed the articles and the cast, collect static files; once a session."""
    subprocess.run(
        [sys.executable, "manage.py", "prepare"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": f"sqlite:///{database}"},
        check=True,
        capture_output=True,
    )


@dataclass
class Desk:
    """One running helpdesk; `settings` are environment variables beyond those of the tests."""

    database: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    def of(cls, prepared: Path, name: str, **settings: str) -> "Desk":
        database = prepared.with_name(f"{name}.sqlite3")
        shutil.copyfile(prepared, database)
        return cls(database, settings)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.database.with_suffix(".log")

    def start(self) -> None:
        """Start, and wait until it can serve."""
        environment = os.environ | self.settings | {"DATABASE_URL": f"sqlite:///{self.database}"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(self.port)),
                    "helpdesk.asgi:application",
                ],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )
        wait_for_port(self.port)
        self._wait_until_ready()

    def kill(self) -> None:
        """End it as a crash does: at once, with nothing said."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def end_sessions(self, cookies: Iterable[Cookie]) -> None:
        """Forget the sessions of these cookies, as a sign-out elsewhere or a sweep does."""
        keys = [cookie["value"] for cookie in cookies if cookie["name"] == "sessionid"]
        with closing(sqlite3.connect(self.database, timeout=10)) as database, database:
            for key in keys:
                database.execute("DELETE FROM django_session WHERE session_key = ?", [key])

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            with suppress(OSError), urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                return
            time.sleep(0.1)
        raise TimeoutError(self.log.read_text()[-2000:])


@dataclass
class ModelServer:
    """The stand-in for a model, in a process of its own; see `model_server`."""

    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> dict[str, str]:
        return {
            "OPENAI_BASE_URL": f"http://127.0.0.1:{self.port}/v1",
            "OPENAI_MODEL": "stand-in",
        }

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.e2e.model_server", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT)
        wait_for_port(self.port)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
