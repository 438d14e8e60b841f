"""`make run`: one command starts web and worker, and leaves nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from django.core.management import CommandError, call_command

from helpdesk.env import ROOT
from helpdesk.management.commands import web
from helpdesk.processes import Family
from tests.backends import database_url, free_port

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
END_WITH_3 = [sys.executable, "-c", "raise SystemExit(3)"]


@contextmanager
def started(log: Path, **environment: str) -> Iterator[subprocess.Popen]:
    """`manage.py start` on the test database, without preparing it."""
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "start"],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": database_url()} | environment,
            stdout=output,
            stderr=output,
        )
        try:
            yield process
        finally:
            for child in psutil.Process(process.pid).children() if process.poll() is None else []:
                child.kill()
            process.kill()
            process.wait()


def wait_for_words(process: subprocess.Popen, log: Path, words: str) -> None:
    deadline = time.monotonic() + 60
    while words not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_taken_port_is_told_before_anything_starts(taken_port, settings):
    settings.PORT = taken_port

    with pytest.raises(CommandError) as told:
        call_command("start")

    assert str(told.value) == (
        f"cannot listen on 127.0.0.1:{taken_port} (Address already in use); "
        f"choose another port: make run PORT={taken_port + 1}"
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_and_leaves_no_process(signum, tmp_path):
    log, port = tmp_path / "log", free_port()
    with started(log, PORT=str(port)) as process:
        wait_for_words(process, log, f"Campus Helpdesk is at http://127.0.0.1:{port}/")
        children = psutil.Process(process.pid).children(recursive=True)

        process.send_signal(signum)
        status = process.wait(30)

    assert len(children) == 2
    assert not any(child.is_running() for child in children)
    assert status == 0


@pytest.mark.django_db(transaction=True)
def test_when_one_part_dies_the_other_is_stopped(tmp_path):
    log, port = tmp_path / "log", free_port()
    with started(log, PORT=str(port)) as process:
        wait_for_words(process, log, "Campus Helpdesk is at")
        web, worker = psutil.Process(process.pid).children()

        worker.kill()
        status = process.wait(30)

    assert status == signal.SIGKILL
    assert not web.is_running()


def test_the_status_is_that_of_the_child_that_ended():
    family = Family(grace_s=5)
    family.start(SLEEP)
    family.start(END_WITH_3)

    family.wait()

    assert family.stop() == 3
    assert all(child.returncode is not None for child in family.children)


def test_waiting_ends_when_the_condition_comes_true():
    family = Family(grace_s=5)
    family.start(SLEEP)

    assert family.wait(lambda: True) is True
    family.stop()


def test_sockets_accept_messages_of_64_kilobytes():
    command = web.command("127.0.0.1", 8000)

    assert command[command.index("--websocket-max-message-size") + 1] == "65536"
    assert command[command.index("--websocket-max-frame-size") + 1] == "65536"


def test_the_web_command_becomes_the_server_that_start_starts(settings, monkeypatch):
    settings.HOST, settings.PORT = "127.0.0.1", 8321
    became: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(os, "execv", lambda *command: became.append(command))

    call_command("web")

    assert became == [(sys.executable, web.command("127.0.0.1", 8321))]


@pytest.mark.skipif(not shutil.which("setpriv"), reason="only util-linux can bind processes to us")
def test_nobody_outlives_a_family_that_is_killed():
    family = (
        "import sys, time; from helpdesk.processes import Family; family = Family(grace_s=5);"
        f"family.start({SLEEP!r}); print(family.children[0].pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", family], cwd=ROOT, stdout=subprocess.PIPE) as head:
        child = psutil.Process(int(head.stdout.readline()))
        head.kill()

    child.wait(10)


def test_a_second_signal_does_not_wait(tmp_path):
    deaf = "import signal, time, sys; signal.signal(15, signal.SIG_IGN); time.sleep(60)"
    family = Family(grace_s=50)
    family.start([sys.executable, "-c", deaf])

    family._hear(signal.SIGINT, None)
    family._hear(signal.SIGINT, None)

    assert family.stop() == 0
    assert family.children[0].returncode == -signal.SIGKILL
