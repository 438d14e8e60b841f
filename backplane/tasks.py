"""Tasks: work that a worker does later, at least once.

    @task(retries=3)
    def send_code(user_id: int) -> None: ...

    transaction.on_commit(partial(send_code.enqueue, user.pk))

A worker may be killed between doing the work and recording it, and the task is then run again.
So a task is idempotent: it takes ids, reads the row, and does nothing when its work is already
done. A task that raises is run again after a growing delay, `retries` times at most.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.tasks import Task
from django.tasks import task as django_task

RETRY_AFTER = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
)
RUNS_OF_A_KILLED_TASK = 3

_retries: dict[str, int] = {}


def task(function: Callable[..., Any] | None = None, *, retries: int = 3) -> Any:
    """Make a function a task; usable with and without parentheses."""
    if function is None:
        return partial(task, retries=retries)
    made: Task = django_task(function)
    _retries[made.module_path] = retries
    return made


def may_retry(path: str, *, runs: int) -> bool:
    """Whether a task that has raised after `runs` runs gets another; foreign tasks get none."""
    return runs <= _retries.get(path, 0)


def may_resume(path: str, *, runs: int) -> bool:
    """Whether a task whose worker died in run number `runs` is taken up again.

    Bounded, because the task itself may be what kills the worker.
    """
    return runs < max(RUNS_OF_A_KILLED_TASK, 1 + _retries.get(path, 0))


def retry_delay(runs: int) -> timedelta:
    """How long a task waits that has raised in each of its `runs` runs."""
    return RETRY_AFTER[min(runs, len(RETRY_AFTER)) - 1]
