"""The backplane's own tasks."""

from datetime import timedelta

from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from backplane import versions
from backplane.tasks import task

FINISHED_TASKS_KEPT = timedelta(days=14)


@task
def sweep_versions() -> int:
    """Delete the topics of pages that nobody has open any more."""
    return versions.sweep()


@task
def forget_finished_tasks() -> int:
    """Delete what finished more than two weeks ago."""
    old = DBTaskResult.objects.finished().filter(
        finished_at__lt=timezone.now() - FINISHED_TASKS_KEPT
    )
    return old.delete()[0]
