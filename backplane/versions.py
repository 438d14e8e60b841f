"""One road for changes between processes: a topic's version grows when the thing changed.

The table is the truth. Every process reads it once a second with one query and calls whoever
watches a topic whose version changed. A channel layer that crosses processes only shortens the
wait; nothing depends on its delivery.

    versions.bump("knowledge:index")                       in the transaction of the change
    versions.watch("knowledge:index", reload_index)        once, at start
    versions.watch("conversation:", tell_open_pages)       every topic below the prefix

The first reading of a process counts as a change of every topic, because what the process has
loaded before it may be older. Several changes between two readings arrive as one.
"""

import asyncio
import inspect
import logging
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from weakref import WeakKeyDictionary

from asgiref.sync import ThreadSensitiveContext, async_to_sync, sync_to_async
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection, connections, models, transaction
from django.utils import timezone

from backplane.models import Version

logger = logging.getLogger(__name__)

READ_EVERY_S = 1.0
GATHER_S = 0.05
GROUP = "versions"
TELL_DEADLINE_S = 1.0

Callback = Callable[[str, int], Awaitable[None] | None]


class Reading(NamedTuple):
    """A topic as it was read; the time tells a swept and newly made topic from the old one."""

    version: int
    changed_at: datetime


@dataclass(slots=True, eq=False)
class Watcher:
    """One callback and what it has yet to hear; it is never called twice at the same time."""

    callback: Callback
    pending: dict[str, int] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None

    def tell(self, topic: str, version: int) -> None:
        self.pending[topic] = version
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._call(), context=Context())

    async def _call(self) -> None:
        async with ThreadSensitiveContext():  # its queries hold up nobody else's
            try:
                await self._call_while_pending()
            finally:  # its thread ends with the context, and would keep what it took from the pool
                await sync_to_async(connections.close_all)()

    async def _call_while_pending(self) -> None:
        while self.pending:
            topic, version = self.pending.popitem()
            try:
                await _run(self.callback, topic, version)
            except Exception:
                logger.exception("Whoever watches %s failed on version %s", topic, version)


@dataclass(slots=True, eq=False)
class Poller:
    """Reads for one event loop; `wake` may be called from any thread."""

    loop: asyncio.AbstractEventLoop
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    told: dict[str, Reading] = field(default_factory=dict)

    def wake(self) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self.loop.call_soon_threadsafe(self.changed.set)

    async def wait(self) -> None:
        """Until somebody wakes us, at most a second; a burst of changes is read once."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.changed.wait(), READ_EVERY_S)
            await asyncio.sleep(GATHER_S)
        self.changed.clear()

    async def read(self) -> None:
        try:
            readings = await aread_now()
        except Exception as error:
            logger.warning("The versions could not be read, trying again: %s", error)
            return
        for topic, reading in readings.items():
            if self.told.get(topic) != reading:
                _tell_watchers(topic, reading.version)
        self.told = readings


_readings: dict[str, Reading] = {}
_watchers: dict[str, list[Watcher]] = {}
_pollers: WeakKeyDictionary[asyncio.AbstractEventLoop, Poller] = WeakKeyDictionary()
_tasks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]] = WeakKeyDictionary()


def bump(topic: str, *, expires_in: timedelta | None = None) -> None:
    """Say that `topic` changed, within the caller's transaction; others hear after its commit.

    A topic that nobody needs after a while (an open page's) gives `expires_in`, counted from
    its latest change.
    """
    now = timezone.now()
    adapt = connection.ops.adapt_datetimefield_value
    table = connection.ops.quote_name(Version._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (topic, version, changed_at, expires_at)"
            " VALUES (%s, 1, %s, %s) ON CONFLICT (topic) DO UPDATE SET"
            f" version = {table}.version + 1, changed_at = excluded.changed_at,"
            " expires_at = excluded.expires_at",
            [topic, adapt(now), adapt(now + expires_in) if expires_in else None],
        )
    transaction.on_commit(_tell_processes)


def current(topic: str) -> int:
    """The version this process last read, without a query; 0 when it is not known."""
    reading = _readings.get(topic)
    return reading.version if reading else 0


def read_now() -> dict[str, Reading]:
    """Read every topic with one query, for `current` and for the poller alike."""
    global _readings  # replaced whole, so that other threads never see half of it
    alive = models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now())
    rows = Version.objects.filter(alive).values_list("topic", "version", "changed_at")
    _readings = {topic: Reading(version, changed_at) for topic, version, changed_at in rows}
    return _readings


aread_now = database_sync_to_async(read_now)


def watch(topic_or_prefix: str, callback: Callback) -> None:
    """Call `callback(topic, version)` in this process whenever the topic changed.

    A name that ends in a colon is a prefix. An async callback runs on the polling event loop;
    a sync one in a thread, where it may use the database. What it raises is logged.
    """
    _watchers.setdefault(topic_or_prefix, []).append(Watcher(callback))


def unwatch(topic_or_prefix: str, callback: Callback) -> None:
    """Take back one `watch`; harmless when there is none."""
    watchers = _watchers.get(topic_or_prefix, [])
    for watcher in watchers:
        if watcher.callback == callback:
            watcher.pending.clear()
            watchers.remove(watcher)
            break
    if not watchers:
        _watchers.pop(topic_or_prefix, None)


async def poll_forever() -> None:
    """Read once a second, or sooner when woken; survives a database or a layer that fails."""
    loop = asyncio.get_running_loop()
    poller = _pollers[loop] = Poller(loop)
    listener = asyncio.create_task(_listen(poller))
    try:
        async with ThreadSensitiveContext():  # a thread of its own: nobody's query is waited for
            while True:
                await poller.read()
                await poller.wait()
    finally:
        listener.cancel()
        _pollers.pop(loop, None)


def ensure_polling() -> None:
    """Start polling on the running event loop, unless it already does."""
    loop = asyncio.get_running_loop()
    task = _tasks.get(loop)
    if task is None or task.done():
        _tasks[loop] = loop.create_task(poll_forever(), name="versions")


def poll_in_thread() -> threading.Thread:
    """Poll in a process that has no event loop; the thread ends with the process."""
    thread = threading.Thread(target=lambda: asyncio.run(poll_forever()), name="versions")
    thread.daemon = True
    thread.start()
    return thread


def sweep() -> int:
    """Delete topics that expired more than a minute ago and say how many they were."""
    expired = Version.objects.filter(expires_at__lt=timezone.now() - timedelta(minutes=1))
    return expired.delete()[0]


def _tell_watchers(topic: str, version: int) -> None:
    parts = topic.split(":")
    prefixes = [":".join(parts[:length]) + ":" for length in range(1, len(parts))]
    for name in (topic, *prefixes):
        for watcher in _watchers.get(name, ()):
            watcher.tell(topic, version)


async def _run(callback: Callback, topic: str, version: int) -> None:
    if inspect.iscoroutinefunction(callback):
        await callback(topic, version)
    else:
        await database_sync_to_async(callback)(topic, version)


def _tell_processes() -> None:
    for poller in list(_pollers.values()):
        poller.wake()
    if settings.CHANNEL_LAYER_CROSSES_PROCESSES:
        try:
            async_to_sync(_send)()
        except Exception as error:
            logger.warning("Other processes hear of a change a second later: %s", error)


async def _send() -> None:
    layer = get_channel_layer()
    async with asyncio.timeout(TELL_DEADLINE_S):
        await layer.group_send(GROUP, {"type": "versions.changed"})


async def _listen(poller: Poller) -> None:
    while settings.CHANNEL_LAYER_CROSSES_PROCESSES:
        try:
            layer = get_channel_layer()
            channel = await layer.new_channel()
            await layer.group_add(GROUP, channel)
            while await layer.receive(channel):
                poller.wake()
        except Exception as error:
            logger.warning("The channel layer does not answer, reading once a second: %s", error)
        await asyncio.sleep(READ_EVERY_S)
