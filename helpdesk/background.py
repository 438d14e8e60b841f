"""What a web process does beside answering requests, and how it ends.

SIGTERM drains: running replies get DRAIN_DEADLINE_S to end while their pages keep watching,
what is left is stored as interrupted, and then the server stops. A second signal does not wait.
"""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connections

from backplane import versions
from chat import followup, neighbours, providers, stream
from knowledge.search import warm_up

logger = logging.getLogger(__name__)

_loop: asyncio.AbstractEventLoop | None = None
_tasks: set[asyncio.Task[Any]] = set()


def ensure_running() -> None:
    """Start the background work on the running event loop, once."""
    global _loop
    loop = asyncio.get_running_loop()
    if _loop is loop:
        return
    _loop = loop
    versions.ensure_polling()
    _keep(stream.reap_forever())
    _keep(asyncio.to_thread(_warm_up))
    if settings.CHANNEL_LAYER_CROSSES_PROCESSES:
        _keep(neighbours.serve_forever())
    if threading.current_thread() is threading.main_thread():
        _drain_on(signal.SIGTERM, loop)
        _drain_on(signal.SIGINT, loop)


def _warm_up() -> None:
    """Load what the first question would otherwise wait for."""
    try:
        warm_up()
        followup.subjects()
    except DatabaseError as error:
        logger.warning("The search index is built later: %s", type(error).__name__)
    finally:
        connections.close_all()


def _keep(coroutine: Any) -> None:
    task = asyncio.get_running_loop().create_task(coroutine)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


def _drain_on(number: signal.Signals, loop: asyncio.AbstractEventLoop) -> None:
    """Drain before the server's own handler runs; it takes over for the next signal."""
    stop_server = signal.getsignal(number)
    if not callable(stop_server):
        return

    def handle(received: int, frame: FrameType | None) -> None:
        signal.signal(number, stop_server)
        loop.call_soon_threadsafe(partial(_drain, loop, partial(stop_server, received, None)))

    signal.signal(number, handle)


async def _end() -> None:
    await stream.drain(settings.DRAIN_DEADLINE_S)
    await providers.aclose()


def _drain(loop: asyncio.AbstractEventLoop, stop_server: Callable[[], object]) -> None:
    task = loop.create_task(_end())
    task.add_done_callback(lambda _done: stop_server())
    _tasks.add(task)
