"""A task is done at least once, whatever happens to the worker, and not for ever."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError
from django.tasks import TaskResultStatus
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from backplane import leases, tasks
from backplane.models import TaskLease
from backplane.worker import Worker
from tests.backends import database_url
from tests.backplane import errands

MINUTE = timedelta(minutes=1)


@pytest.fixture
def notes(tmp_path) -> Path:
    return tmp_path / "notes"


def row(result) -> DBTaskResult:
    return DBTaskResult.objects.get(pk=result.id)


def runs(notes: Path) -> int:
    return len(notes.read_text().splitlines()) if notes.exists() else 0


def make_due() -> None:
    DBTaskResult.objects.update(run_after=timezone.now())


def until(true: Callable[[], bool], *, within_s: float = 40) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


@contextmanager
def a_worker(**environment: str) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker", "--lease-s", "3"],
        env=os.environ | {"DATABASE_URL": database_url()} | environment,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.django_db
def test_a_task_is_run_and_its_result_recorded(notes):
    result = errands.note.enqueue(str(notes))

    assert Worker().work_once() is True

    assert row(result).status == TaskResultStatus.SUCCESSFUL
    assert row(result).return_value == 1
    assert TaskLease.objects.count() == 0


@pytest.mark.django_db
def test_a_worker_without_work_says_so():
    assert Worker().work_once() is False


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_task_that_raises_is_retried_with_growing_delay_and_then_failed(notes):
    result = errands.always_fail.enqueue(str(notes))
    worker = Worker()
    delays = []

    while row(result).status == TaskResultStatus.READY:
        make_due()
        worker.work_once()
        delays.append(row(result).run_after - timezone.now())

    assert runs(notes) == 3
    assert row(result).status == TaskResultStatus.FAILED
    assert row(result).exception_class_path == "builtins.ValueError"
    assert timedelta(seconds=5) < delays[0] < delays[1]


@pytest.mark.django_db
def test_a_retried_task_waits(notes):
    errands.always_fail.enqueue(str(notes))
    worker = Worker()

    worker.work_once()

    assert worker.work_once() is False
    assert runs(notes) == 1


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_task_whose_lease_expired_is_taken_up_by_another_worker(notes):
    result = errands.note.enqueue(str(notes))
    leases.claim("dead", lasting=-MINUTE)
    living = Worker()

    living.beat_once()
    living.work_once()

    assert row(result).status == TaskResultStatus.SUCCESSFUL
    assert row(result).worker_ids == ["dead", living.id]


@pytest.mark.django_db
def test_a_task_that_keeps_killing_its_worker_fails_in_the_end():
    result = errands.nothing.enqueue()
    allowed = max(tasks.RUNS_OF_A_KILLED_TASK, 4)

    for _ in range(allowed):
        leases.claim("dead", lasting=-MINUTE)
        leases.take_up_lost()

    assert row(result).status == TaskResultStatus.FAILED
    assert row(result).exception_class_path == "backplane.leases.WorkerLost"


@pytest.mark.django_db
def test_a_living_lease_is_left_alone():
    errands.nothing.enqueue()
    leases.claim("living", lasting=MINUTE)

    assert leases.take_up_lost() == 0


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_worker_that_lost_its_lease_may_not_record_anything():
    errands.nothing.enqueue()
    task = leases.claim("slow", lasting=-MINUTE)
    leases.take_up_lost()
    leases.claim("quick", lasting=MINUTE)

    assert leases.succeed(task, "slow", None) is False
    assert leases.fail(task, "slow", ValueError()) is False
    assert leases.give_back(task, "slow") is False
    assert leases.renew(task, "slow", lasting=MINUTE) is False
    assert TaskLease.objects.get().worker == "quick"


@pytest.mark.django_db
def test_a_task_nobody_can_import_fails_and_the_worker_goes_on():
    result = errands.nothing.enqueue()
    DBTaskResult.objects.update(task_path="chat.gone.away")

    assert Worker().work_once() is True

    assert row(result).status == TaskResultStatus.FAILED


@pytest.mark.django_db
def test_a_locked_database_does_not_end_the_worker(monkeypatch):
    def locked(*args: object, **kwargs: object) -> None:
        raise OperationalError("database is locked")

    errands.nothing.enqueue()
    monkeypatch.setattr(leases, "claim", locked)
    monkeypatch.setattr(leases, "take_up_lost", locked)
    worker = Worker()

    assert worker.work_once() is False
    worker.beat_once()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_task_of_a_killed_worker_process_is_run_again(notes):
    result = errands.hang_in_the_first_run.enqueue(str(notes), 100)
    with a_worker() as first:
        until(lambda: runs(notes) == 1)
        first.kill()

    with a_worker():
        until(lambda: row(result).status == TaskResultStatus.SUCCESSFUL)

    assert runs(notes) == 2
    assert len(row(result).worker_ids) == 2


@pytest.mark.django_db(transaction=True)
def test_a_worker_told_to_stop_finishes_its_task_first(notes):
    result = errands.hang_in_the_first_run.enqueue(str(notes), 2)
    with a_worker() as worker:
        until(lambda: runs(notes) == 1)
        worker.send_signal(signal.SIGTERM)
        status = worker.wait(30)

    assert status == 0
    assert row(result).status == TaskResultStatus.SUCCESSFUL


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_may_not_wait_gives_its_task_back(notes):
    result = errands.hang_in_the_first_run.enqueue(str(notes), 100)
    with a_worker(DRAIN_DEADLINE_S="0.5") as worker:
        until(lambda: runs(notes) == 1)
        worker.send_signal(signal.SIGTERM)
        status = worker.wait(30)

    assert status == 0
    assert row(result).status == TaskResultStatus.READY
    assert row(result).worker_ids == []
    assert TaskLease.objects.count() == 0
