"""The product's web process, as often as a test needs it, all over the test's own database."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
from asgiref.sync import SyncToAsync
from django.conf import settings
from django.db import connections
from django.test import AsyncClient

from accounts.models import User
from helpdesk.env import ROOT
from tests.backends import database_url, free_port

PATIENCE_S = 30
APPLICATION = "helpdesk.asgi:application"


def close_connections() -> None:
    """Close what async code opened in its thread: PostgreSQL drops no database that is in use."""
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


@dataclass
class Desk:
    """One daphne; `environment` goes beyond that of the tests."""

    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    log: Path = field(
        default_factory=lambda: Path(tempfile.mkdtemp(prefix="helpdesk-desk-")) / "log"
    )

    async def start(self) -> Self:
        database = {"DATABASE_URL": database_url(), "DEBUG": "true"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: ASYNC220  it only forks
                [
                    sys.executable,
                    "-m",
                    "daphne",
                    "-b",
                    "127.0.0.1",
                    "-p",
                    str(self.port),
                    APPLICATION,
                ],
                cwd=ROOT,
                env=os.environ | database | self.environment,
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(PATIENCE_S), aiohttp.ClientSession() as browser:
            while not await self._answers(browser):  # noqa: ASYNC110  a process sets no event
                await asyncio.sleep(0.1)
        return self

    async def end(self, number: signal.Signals) -> int:
        """Send the signal and wait for the end; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return await asyncio.to_thread(self.process.wait, PATIENCE_S)

    async def page(self, user: User, conversation_id: object) -> "Page":
        """Open the conversation's socket as a signed-in browser does, and resume."""
        client = AsyncClient()
        await client.aforce_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        return await Page(self.port, cookie, conversation_id).open()

    async def _answers(self, browser: aiohttp.ClientSession) -> bool:
        try:
            async with browser.get(f"http://127.0.0.1:{self.port}/healthz") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False


class Page:
    """A browser's socket; `html` is everything it was sent to show."""

    def __init__(self, port: int, cookie: str, conversation_id: object) -> None:
        self.html = ""
        self.code: int | None = None
        self._address = f"127.0.0.1:{port}"
        self._path = f"/ws/chat/{conversation_id}/"
        self._cookie = f"{settings.SESSION_COOKIE_NAME}={cookie}"
        self._browser = aiohttp.ClientSession()
        self._moved = asyncio.Event()

    async def open(self) -> Self:
        self._line = await self._browser.ws_connect(
            f"ws://{self._address}{self._path}",
            headers={"Cookie": self._cookie, "Origin": f"http://{self._address}"},
        )
        self._reader = asyncio.create_task(self._read())
        await self.say(action="resume", revision=-1, completion=0, sequence=0)
        return self

    async def say(self, **message: Any) -> None:
        await self._line.send_str(json.dumps(message))

    async def shows(self, words: str, within_s: float = PATIENCE_S) -> str:
        """Wait until the words were sent; returns all that was."""
        async with asyncio.timeout(within_s):
            while words not in self.html:
                self._moved.clear()
                await self._moved.wait()
        return self.html

    async def closed(self) -> None:
        """Wait until the server hangs up; `code` says why."""
        async with asyncio.timeout(PATIENCE_S):
            await self._reader

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._reader.cancel()
        await self._browser.close()

    async def _read(self) -> None:
        async for message in self._line:
            self.html += message.data
            self._moved.set()
        self.code = self._line.close_code
        self._moved.set()


@asynccontextmanager
async def desks(count: int, **environment: str) -> AsyncIterator[list[Desk]]:
    """So many web processes, gone at the end."""
    running = [Desk(environment) for _ in range(count)]
    try:
        await asyncio.gather(*(desk.start() for desk in running))
        yield running
    finally:
        for desk in running:
            if desk.process and desk.process.poll() is None:
                desk.process.kill()
                await asyncio.to_thread(desk.process.wait)
