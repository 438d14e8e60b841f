"""Changes travel between processes by versions in a table."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from backplane import versions
from backplane.models import Version
from tests.backends import database_url

pytestmark = pytest.mark.django_db(transaction=True)

BUMP = "import django; django.setup(); from backplane import versions; versions.bump({!r})"


def bump_in_another_process(topic: str) -> None:
    subprocess.run(
        [sys.executable, "-c", BUMP.format(topic)],
        env=os.environ | {"DATABASE_URL": database_url()},
        check=True,
        timeout=60,
    )


@pytest.fixture
async def heard() -> "asyncio.Queue[tuple[str, int]]":
    return asyncio.Queue()


@contextmanager
def watching(name: str, callback: versions.Callback) -> Iterator[None]:
    versions.watch(name, callback)
    try:
        yield
    finally:
        versions.unwatch(name, callback)


@pytest.fixture
async def polling() -> AsyncIterator[None]:
    versions.ensure_polling()
    yield
    versions._tasks[asyncio.get_running_loop()].cancel()


@pytest.fixture
def small_pool() -> Iterator[None]:
    """As many connections as polling, one callback, a change and the test need at a time."""
    pool = getattr(connection, "pool", None) if connection.vendor == "postgresql" else None
    if pool is None:
        yield
        return
    size, patience = pool.max_size, pool.timeout
    pool.resize(1, 4)
    pool.timeout = 3
    yield
    pool.timeout = patience
    pool.resize(1, size)


@pytest.mark.postgres
def test_bump_inserts_then_increments():
    versions.bump("rules")
    versions.bump("rules")

    versions.read_now()

    assert versions.current("rules") == 2
    assert versions.current("unknown") == 0


@pytest.mark.postgres
def test_reading_is_one_query_whatever_the_number_of_topics(django_assert_num_queries):
    for number in range(20):
        versions.bump(f"conversation:{number}")

    with django_assert_num_queries(1):
        readings = versions.read_now()

    assert len(readings) == 20


@pytest.mark.postgres
def test_a_bump_that_is_rolled_back_changed_nothing():
    with transaction.atomic():
        versions.bump("rules")
        transaction.set_rollback(True)

    assert versions.read_now() == {}


@pytest.mark.postgres
async def test_a_change_in_another_process_is_heard_within_two_seconds(heard, polling):
    async def listen(topic: str, version: int) -> None:
        await heard.put((topic, version))

    with watching("conversation:", listen):
        await sync_to_async(bump_in_another_process)("conversation:7")
        news = await asyncio.wait_for(heard.get(), 2)

    assert news == ("conversation:7", 1)


async def test_a_sync_callback_may_use_the_database(heard, polling):
    loop = asyncio.get_running_loop()

    def count(topic: str, version: int) -> None:
        loop.call_soon_threadsafe(heard.put_nowait, (topic, Version.objects.count()))

    with watching("rules", count):
        await database_sync_to_async(versions.bump)("rules")
        news = await asyncio.wait_for(heard.get(), 2)

    assert news == ("rules", 1)


@pytest.mark.postgres
async def test_thirty_changes_take_no_more_connections_than_one(heard, small_pool, polling):
    async def listen(topic: str, version: int) -> None:
        await heard.put(await Version.objects.aget(topic=topic))

    with watching("rules", listen):
        for expected in range(1, 31):
            await database_sync_to_async(versions.bump)("rules")
            assert (await asyncio.wait_for(heard.get(), 5)).version == expected


@pytest.mark.postgres
async def test_polling_that_ends_gives_its_connection_back(heard, small_pool):
    async def listen(topic: str, version: int) -> None:
        await heard.put(version)

    await database_sync_to_async(versions.bump)("rules")
    news = []
    for _ in range(8):
        polling = asyncio.create_task(versions.poll_forever())
        with watching("rules", listen):
            news.append(await asyncio.wait_for(heard.get(), 5))
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)

    assert news == [1] * 8


async def test_an_own_change_is_heard_without_waiting_for_the_next_second(heard, polling):
    async def listen(topic: str, version: int) -> None:
        await heard.put((topic, version))

    with watching("rules", listen):
        await database_sync_to_async(versions.bump)("rules")
        await asyncio.wait_for(heard.get(), 2)
        await database_sync_to_async(versions.bump)("rules")
        news = await asyncio.wait_for(heard.get(), 0.8)

    assert news == ("rules", 2)


async def test_a_callback_that_fails_keeps_nobody_else_from_hearing(heard, polling, caplog):
    async def fail(topic: str, version: int) -> None:
        raise ValueError("broken")

    async def listen(topic: str, version: int) -> None:
        await heard.put(version)

    with watching("rules", fail), watching("rules", listen):
        for expected in (1, 2):
            await database_sync_to_async(versions.bump)("rules")
            assert await asyncio.wait_for(heard.get(), 2) == expected

    assert "failed on version" in caplog.text


async def test_a_slow_callback_holds_up_nobody_else(heard, polling):
    ended = threading.Event()

    def linger(topic: str, version: int) -> None:
        ended.wait(10)

    async def listen(topic: str, version: int) -> None:
        await heard.put(await database_sync_to_async(Version.objects.count)())

    with watching("index", linger), watching("rules", listen):
        await database_sync_to_async(versions.bump)("index")
        await database_sync_to_async(versions.bump)("rules")
        news = await asyncio.wait_for(heard.get(), 3)
        ended.set()

    assert news in {1, 2}


async def test_a_locked_database_does_not_end_the_polling(heard, monkeypatch):
    answers = [OperationalError("database is locked"), {"rules": versions.Reading(3, None)}]

    async def read() -> dict[str, versions.Reading]:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def listen(topic: str, version: int) -> None:
        await heard.put(version)

    monkeypatch.setattr(versions, "aread_now", read)
    with watching("rules", listen):
        task = asyncio.create_task(versions.poll_forever())
        news = await asyncio.wait_for(heard.get(), 3)
        task.cancel()

    assert news == 3


async def test_nobody_is_called_after_unwatch(heard, polling):
    async def listen(topic: str, version: int) -> None:
        await heard.put(("listen", version))

    async def control(topic: str, version: int) -> None:
        await heard.put(("control", version))

    versions.watch("rules", listen)
    versions.unwatch("rules", listen)
    with watching("rules", control):
        await database_sync_to_async(versions.bump)("rules")
        news = await asyncio.wait_for(heard.get(), 2)

    assert news == ("control", 1)
    assert heard.empty()


@pytest.mark.channel_layer
async def test_a_layer_that_crosses_processes_shortens_the_wait(
    heard, polling, settings, monkeypatch
):
    if not settings.CHANNEL_LAYER_CROSSES_PROCESSES:
        pytest.skip("the memory layer stays in its process; the Redis run covers this")

    async def listen(topic: str, version: int) -> None:
        await heard.put(version)

    monkeypatch.setattr(versions, "READ_EVERY_S", 30)
    with watching("rules", listen):
        await sync_to_async(bump_in_another_process)("rules")
        news = await asyncio.wait_for(heard.get(), 10)

    assert news == 1


@pytest.mark.postgres
def test_sweeping_deletes_only_what_expired():
    versions.bump("rules")
    versions.bump("conversation:1", expires_in=timedelta(hours=1))
    versions.bump("conversation:2", expires_in=timedelta(hours=1))
    Version.objects.filter(topic="conversation:2").update(
        expires_at=timezone.now() - timedelta(minutes=2)
    )

    swept = versions.sweep()

    assert swept == 1
    assert set(Version.objects.values_list("topic", flat=True)) == {"rules", "conversation:1"}
