"""Schedules: tasks that a worker starts at certain times.

    schedules.declare("Sweep versions", sweep_versions, "*/10 * * * *")      in `<app>/startup.py`

Code seeds, the table rules: times edited in the admin stay, a pause stays. Any worker fires what
is due; a conditional update decides between several. However many times were missed, one run
catches up, and none starts while the one before is still going.
"""

import logging
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.tasks import Task, TaskResultStatus
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult

from backplane.models import Outcome, Schedule, validate_cron

logger = logging.getLogger(__name__)

UNFINISHED = (TaskResultStatus.READY, TaskResultStatus.RUNNING)


class Declaration(NamedTuple):
    task_path: str
    cron: str


_declared: dict[str, Declaration] = {}


def declare(name: str, task: Task, cron: str) -> None:
    """Say at start that `task`, which takes no arguments, runs at the times of `cron` (UTC).

    Raises ValidationError when `cron` cannot be read.
    """
    validate_cron(cron)
    _declared[name] = Declaration(task.module_path, cron)


def seed() -> int:
    """Add the declared schedules that have no row and follow the code where nobody has edited.

    Says how many rows were written.
    """
    rows = {schedule.name: schedule for schedule in Schedule.objects.all()}
    written = 0
    for name, declaration in _declared.items():
        schedule = rows.get(name) or Schedule(name=name)
        if Declaration(schedule.task_path, schedule.declared_cron) == declaration:
            continue
        if schedule.cron == schedule.declared_cron:
            schedule.cron = declaration.cron
        schedule.task_path, schedule.declared_cron = declaration
        reschedule(schedule)
        written += 1
    return written


def reschedule(schedule: Schedule) -> None:
    """Save a new or edited schedule; it next runs at its first time from now on."""
    schedule.next_run_at = schedule.next_after(timezone.now())
    schedule.save()


def fire_due(now: datetime | None = None) -> int:
    """Start what is due and say how many tasks that were."""
    now = now or timezone.now()
    due = Schedule.objects.filter(is_paused=False, next_run_at__lte=now, name__in=_declared)
    return sum(_fire(schedule, now) for schedule in due.exclude(last_task__status__in=UNFINISHED))


def run_now(schedule: Schedule) -> None:
    """Start the task at once, paused or not, whatever its times."""
    with transaction.atomic():
        _enqueue(schedule, timezone.now())


def record(task: DBTaskResult, outcome: Outcome, error: str = "") -> None:
    """Note on the schedule that started this task, if one did, how it ended."""
    Schedule.objects.filter(last_task=task).update(last_outcome=outcome, last_error=error)


def _fire(schedule: Schedule, now: datetime) -> bool:
    with transaction.atomic():
        mine = Schedule.objects.filter(
            pk=schedule.pk, is_paused=False, next_run_at=schedule.next_run_at
        )
        if not mine.update(next_run_at=schedule.next_after(now)):
            return False
        _enqueue(schedule, now)
    return True


def _enqueue(schedule: Schedule, now: datetime) -> None:
    result = import_string(schedule.task_path).enqueue()
    Schedule.objects.filter(pk=schedule.pk).update(
        last_run_at=now, last_outcome=Outcome.QUEUED, last_error="", last_task=result.id
    )
