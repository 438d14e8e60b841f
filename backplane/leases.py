"""Who runs which task, and until when we believe it.

A task is run by whoever holds its lease. A worker that lives keeps moving `expires_at`; when it
has passed, the worker counts as dead and its task is ready again, or failed when it was lost too
often. A worker that was only slow has lost its lease by then and may not record anything.
"""

from datetime import timedelta

from django.db import transaction
from django.tasks import TaskResultStatus
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from backplane import schedules, tasks
from backplane.models import Outcome, TaskLease


class WorkerLost(Exception):
    """The task's worker died in each of its runs."""


@transaction.atomic
def claim(worker: str, *, lasting: timedelta) -> DBTaskResult | None:
    """Take the next ready task, or None when nothing is ready."""
    task = DBTaskResult.objects.ready().select_for_update(skip_locked=True).first()
    if task is None:
        return None
    task.claim(worker)
    TaskLease.objects.update_or_create(
        task=task, defaults={"worker": worker, "expires_at": timezone.now() + lasting}
    )
    return task


def renew(task: DBTaskResult, worker: str, *, lasting: timedelta) -> bool:
    """Move the end of the lease to `lasting` from now; False when it was lost."""
    held = TaskLease.objects.filter(task=task, worker=worker)
    return bool(held.update(expires_at=timezone.now() + lasting))


@transaction.atomic
def succeed(task: DBTaskResult, worker: str, value: object) -> bool:
    """Record the result; False when the lease was lost and somebody else answers for it."""
    if not _release(task, worker):
        return False
    task.set_successful(value)
    schedules.record(task, Outcome.SUCCEEDED)
    return True


@transaction.atomic
def fail(task: DBTaskResult, worker: str, error: BaseException) -> bool:
    """Make the task ready again after a delay, or failed when it has had its runs.

    False when the lease was lost and somebody else answers for it.
    """
    if not _release(task, worker):
        return False
    runs = len(task.worker_ids)
    if tasks.may_retry(task.task_path, runs=runs):
        _make_ready(task, delay=tasks.retry_delay(runs))
    else:
        _give_up(task, error)
    return True


@transaction.atomic
def give_back(task: DBTaskResult, worker: str) -> bool:
    """Make the task ready again, as if this worker had never run it."""
    if not _release(task, worker):
        return False
    task.worker_ids = task.worker_ids[:-1]
    _make_ready(task)
    return True


def take_up_lost() -> int:
    """Make tasks of dead workers ready again; say how many leases had expired."""
    expired = TaskLease.objects.filter(expires_at__lt=timezone.now()).select_related("task")
    return sum(_take_up(lease) for lease in expired)


@transaction.atomic
def _take_up(lease: TaskLease) -> bool:
    same = TaskLease.objects.filter(pk=lease.pk, expires_at=lease.expires_at)
    if not same.delete()[0]:
        return False
    runs = len(lease.task.worker_ids)
    if tasks.may_resume(lease.task.task_path, runs=runs):
        _make_ready(lease.task)
    else:
        _give_up(lease.task, WorkerLost(f"the worker died in each of {runs} runs"))
    return True


def _release(task: DBTaskResult, worker: str) -> bool:
    return bool(TaskLease.objects.filter(task=task, worker=worker).delete()[0])


def _make_ready(task: DBTaskResult, *, delay: timedelta = timedelta()) -> None:
    task.status = TaskResultStatus.READY
    task.started_at = None
    task.run_after = timezone.now() + delay
    task.save(update_fields=["status", "started_at", "run_after", "worker_ids"])


def _give_up(task: DBTaskResult, error: BaseException) -> None:
    task.set_failed(error)
    schedules.record(task, Outcome.FAILED, f"{type(error).__name__}: {error}")
