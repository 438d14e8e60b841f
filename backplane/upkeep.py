"""The backplane's own tasks."""

from datetime import timedelta

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connection
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


@task
def sweep_cache() -> int:
    """Delete what the cache's table holds beyond its time; Django does so only when it is full."""
    if not isinstance(caches["default"], DatabaseCache):
        return 0
    table = connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [now])
        return cursor.rowcount
