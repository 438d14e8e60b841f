"""What nobody needs any more goes at times."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from backplane import schedules, upkeep

pytestmark = pytest.mark.django_db


def rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM helpdesk_cache")
        return cursor.fetchone()[0]


def age(key: str) -> None:
    """Let the entry's time have ended an hour ago."""
    ended = connection.ops.adapt_datetimefield_value(timezone.now() - timedelta(hours=1))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE helpdesk_cache SET expires = %s WHERE cache_key = %s",
            [ended, cache.make_key(key)],
        )


@pytest.mark.postgres
def test_the_cache_loses_what_has_expired_and_keeps_the_rest():
    cache.set_many({"old": 1, "young": 2}, timeout=600)
    cache.set("forever", 3, timeout=None)
    age("old")

    swept = upkeep.sweep_cache.call()

    assert swept == 1
    assert cache.get_many(["old", "young", "forever"]) == {"young": 2, "forever": 3}


def test_the_cache_is_swept_every_hour():
    schedules.seed()

    schedule = schedules.Schedule.objects.get(name="Sweep the cache")

    assert schedule.task_path == "backplane.upkeep.sweep_cache"
    assert schedule.cron == "25 * * * *"


@pytest.mark.postgres
def test_a_cache_of_a_thousand_answers_forgets_none():
    cache.clear()
    for number in range(1000):
        cache.set(str(number), number, timeout=600)

    assert rows() == 1000


def test_a_cache_elsewhere_is_left_alone(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.set("old", 1, timeout=-1)

    assert upkeep.sweep_cache.call() == 0
