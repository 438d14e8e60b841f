"""What one process of the service changes, the search of every other finds."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from helpdesk.env import ROOT
from knowledge.models import Article
from tests.backends import database_url

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

HEARD_WITHIN_S = 2.5
LOOK_EVERY_S = 0.05


class Process:
    """One live process; see `live_search`."""

    def __init__(self, running: "subprocess.Popen[str]") -> None:
        self._running = running

    def do(self, verb: str, *arguments: str) -> Any:
        assert self._running.stdin is not None
        assert self._running.stdout is not None
        print(json.dumps([verb, *arguments]), file=self._running.stdin, flush=True)
        return json.loads(self._running.stdout.readline())

    def finds(self, words: str, is_right: Callable[[list[str]], bool]) -> list[str]:
        """Search until the answer is right, or for as long as hearing of a change may take."""
        deadline = time.monotonic() + HEARD_WITHIN_S
        found: list[str] = self.do("find", words)
        while not is_right(found) and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_S)
            found = self.do("find", words)
        return found


@contextmanager
def live_process() -> Iterator[Process]:
    running = subprocess.Popen(
        [sys.executable, "-m", "tests.knowledge.live_search"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database_url()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with running:
        try:
            yield Process(running)
        finally:
            running.kill()


@pytest.fixture
def processes(write: Callable[..., Article]) -> Iterator[list[Process]]:
    write("vpn", "Connect to the VPN", "## Install\n\nGet the zebra client.\n")
    write("printing", "Print from your laptop", "## Upload\n\nRelease the job.\n")
    with ExitStack() as stack:
        started = [stack.enter_context(live_process()) for _ in range(2)]
        for process in started:
            assert "Get the zebra client." in process.do("find", "zebra")
        yield started


def test_an_edit_in_one_is_found_in_the_other(processes: list[Process]) -> None:
    one, other = processes

    for animal in ("ostrich", "walrus"):
        text = f"Get the {animal} client."
        one.do("edit", "vpn", f"## Install\n\n{text}\n")

        found = other.finds(animal, lambda texts, text=text: text in texts)

        assert found[0] == text
        assert "Get the zebra client." not in found


def test_what_one_archives_vanishes_from_the_other(processes: list[Process]) -> None:
    one, other = processes

    one.do("archive", "vpn")

    found = other.finds("zebra client", lambda texts: "Get the zebra client." not in texts)
    assert found == ["Release the job."]
