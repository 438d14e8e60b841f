"""Replies that this process is writing: each its own task, independent of who listens.

    compose → Delta… Finish → Reply (text, blocks, sequence number) → Frame → live.tell

Text is gathered for a moment before it is shown (the first at once), recorded about once a
second for all replies in one transaction, and stored at every end. A reply ends complete,
stopped, interrupted or failed; whatever ends it, what the student had seen is kept.
"""

import asyncio
import contextvars
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from asgiref.sync import ThreadSensitiveContext
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import Error as DatabaseError

from chat import live, load, replies
from chat.blocks import Blocks
from chat.citations import cited
from chat.completion import Chunk, Finish, FinishReason, Notice, Source
from chat.compose import Context, compose
from chat.models import Completion, Status
from chat.process import dead
from chat.providers.base import ProviderError

logger = logging.getLogger(__name__)

GATHER_S = 0.05
GATHER_PER_REPLY_S = 0.0002
RENDER_SHARE = 4
RECORD_EVERY_S = 1.0
HEARTBEAT_LOST = timedelta(seconds=30)
REAP_EVERY_S = 5.0
STORED_WITHIN_S = 5.0

Composer = Callable[[Context], AsyncIterator[Chunk]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that a page which joins now is shown of a running answer."""

    completion_id: int
    message_id: int
    sequence: int
    settled_count: int
    html: str


class Overtaken(Exception):
    """A further question joined before any text was shown, or somebody ended the reply."""


class Reply:
    """One running answer. All of it happens on one event loop."""

    def __init__(self, completion: Completion) -> None:
        self.completion_id = completion.pk
        self.message_id = completion.message_id
        self.conversation_id: UUID = completion.conversation_id
        self.text = completion.message.text
        self.shown = self.text
        self.sequence = completion.sequence
        self.attempt = completion.attempts
        self.sources: tuple[Source, ...] = ()
        self.blocks = self._fresh_blocks()
        self.is_shown = False
        self.ends_as: Status | None = None
        self.task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._may_flush_at = 0.0

    @property
    def progress(self) -> replies.Progress:
        return replies.Progress(self.completion_id, self.message_id, self.shown, self.sequence)

    def snapshot(self) -> Snapshot:
        self.flush()
        return Snapshot(
            self.completion_id,
            self.message_id,
            self.sequence,
            self.blocks.settled_count,
            self.blocks.snapshot(),
        )

    def end(self, status: Status) -> None:
        """End it from outside; what was shown so far is what is kept."""
        if self.ends_as is None and self.task is not None:
            self.ends_as = status
            # a task that is cancelled before its first step would not even begin to end
            asyncio.get_running_loop().call_soon(self.task.cancel)

    async def run(self) -> None:
        async with ThreadSensitiveContext():  # a thread of its own: nobody's query is waited for
            await self._run()

    async def _run(self) -> None:
        try:
            status, finish = await self._outcome()
            await self._finish(status, finish)
        except Exception as error:
            logger.error("A reply's end could not be stored: %s", type(error).__name__)
        finally:
            self._cancel_timer()
            if here(self.completion_id) is self:
                del _running[self.completion_id]

    async def _outcome(self) -> tuple[Status, Finish]:
        """Write the answer, and say how that ended; nothing is raised."""
        broken = Finish(FinishReason.ERROR, Notice.FAILED)
        try:
            async with asyncio.timeout(settings.ANSWER_DEADLINE_S):
                finish = await self._write()
            return status_of(finish), finish
        except asyncio.CancelledError:
            return self.ends_as or Status.INTERRUPTED, Finish(FinishReason.CANCELLED)
        except (ProviderError, TimeoutError) as error:
            logger.warning("A reply broke off: %s", type(error).__name__)
        except Exception:
            logger.exception("A reply failed")
        return (Status.INTERRUPTED if self.text else Status.FAILED), broken

    async def _write(self) -> Finish:
        while True:
            work = await database_sync_to_async(load.work)(self.completion_id)
            try:
                return await self._follow(work.context, work.question_id)
            except Overtaken:
                if not await database_sync_to_async(replies.runs)(self.completion_id):
                    raise asyncio.CancelledError from None

    async def _follow(self, context: Context, question_id: int) -> Finish:
        async with aclosing(compose(context)) as chunks:
            async for chunk in chunks:
                if isinstance(chunk, Finish):
                    await self._show(question_id)
                    return chunk
                if chunk.sources:
                    self.sources = chunk.sources
                    self.blocks = self._fresh_blocks()
                if chunk.text:
                    await self._show(question_id)
                    self._take(chunk.text)
        return Finish(FinishReason.UNKNOWN)

    def _fresh_blocks(self) -> Blocks:
        """Blocks that hold the text so far, with the sources that its markers refer to."""
        blocks = Blocks(anchor(self.message_id), self.sources)
        blocks.write(self.text)
        blocks.flush()
        return blocks

    async def _show(self, question_id: int) -> None:
        if self.is_shown:
            return
        shows = database_sync_to_async(replies.show)
        if not await shows(self.completion_id, question_id, self.sources):
            raise Overtaken
        self.is_shown = True

    def _take(self, text: str) -> None:
        self.text += text
        self.blocks.write(text)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            wait = max(0.0, self._may_flush_at - loop.time())
            self._timer = loop.call_later(wait, self.flush)

    def flush(self) -> None:
        """Show what has gathered; longer windows when drawing is slow or replies are many."""
        self._cancel_timer()
        started = time.perf_counter()
        patch = self.blocks.flush()
        if patch is None:
            return
        self.sequence += 1
        self.shown = self.text
        frame = live.Frame(self.completion_id, self.message_id, self.sequence, patch)
        live.tell(self.conversation_id, frame)
        drawing = time.perf_counter() - started
        window = max(GATHER_S + GATHER_PER_REPLY_S * len(_running), RENDER_SHARE * drawing)
        self._may_flush_at = asyncio.get_running_loop().time() + window

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _finish(self, status: Status, finish: Finish) -> None:
        text = self.shown if status is Status.STOPPED else self.text
        finish = replace(finish, sources=finish.sources or cited(text, self.sources))
        ending = asyncio.ensure_future(self._store_end(text, status, finish))
        while not ending.done():  # a second cancel may not lose what was written
            with suppress(asyncio.CancelledError):
                await asyncio.shield(ending)
        ending.result()

    async def _store_end(self, text: str, status: Status, finish: Finish) -> None:
        following = await _persistently(
            replies.finish,
            self.completion_id,
            text,
            status=status,
            finish=finish,
            sequence=self.sequence + 1,
            attempt=self.attempt,
            answers_waiting=not _draining,
        )
        live.tell(self.conversation_id, live.Changed())
        if following is not None:
            start(following)


_running: dict[int, Reply] = {}
_keeper: asyncio.Task[None] | None = None
_draining = False


def anchor(message_id: int) -> str:
    """The id of a message's element on the page, and the prefix of those inside it."""
    return f"m-{message_id}"


def start(completion: Completion) -> Reply:
    """Run a reply on this event loop; whoever called may go away."""
    global _keeper
    loop = asyncio.get_running_loop()
    reply = Reply(completion)
    _running[reply.completion_id] = reply
    reply.task = _apart(reply.run())
    if _keeper is None or _keeper.done() or _keeper.get_loop() is not loop:
        _keeper = _apart(_keep_records())
    return reply


async def after[T](verb: Callable[[], T], reply_of: Callable[[T], Completion | None]) -> T:
    """Do a verb and run the reply it leaves, both or neither.

    A caller that is cancelled meanwhile (its browser went away) does not leave a reply behind
    that is begun and run by nobody.
    """

    async def do() -> None:
        async with ThreadSensitiveContext():
            done.append(await database_sync_to_async(verb)())
        if (reply := reply_of(done[0])) is not None:
            start(reply)

    done: list[T] = []
    await asyncio.shield(_apart(do()))
    return done[0]


def _apart(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """A task that inherits nothing from the request that began it, least of all its thread."""
    return asyncio.get_running_loop().create_task(work, context=contextvars.Context())


def here(completion_id: int) -> Reply | None:
    """The reply, when this process runs it."""
    return _running.get(completion_id)


def stop(completion_id: int) -> None:
    """Stop a reply of this process; others read the command from the database."""
    if reply := here(completion_id):
        reply.end(Status.STOPPED)


def is_draining() -> bool:
    return _draining


async def drain(deadline_s: float) -> None:
    """Take no new replies, let running ones end, and store what the deadline cuts off."""
    global _draining
    _draining = True
    await _all_end(within_s=deadline_s)
    for reply in tuple(_running.values()):
        reply.end(Status.INTERRUPTED)
    await _all_end(within_s=STORED_WITHIN_S)


async def _all_end(within_s: float) -> None:
    """Wait until no reply runs, those included that begin meanwhile; at most so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while tasks := [reply.task for reply in _running.values() if reply.task]:
                await asyncio.wait(tasks)


async def reap_forever() -> None:
    """Find replies whose process is gone, mark them, and answer what waited behind them."""
    while not _draining:
        try:
            async with ThreadSensitiveContext():
                await reap()
        except Exception as error:
            logger.warning("Lost replies were not looked for: %s", type(error).__name__)
        await asyncio.sleep(REAP_EVERY_S)


async def reap() -> None:
    for completion_id in await database_sync_to_async(_without_process)():
        if here(completion_id) is None:
            _start_each([await database_sync_to_async(replies.interrupt)(completion_id)])
    _start_each(await database_sync_to_async(replies.left_waiting)())


def _start_each(replies: Iterable[Completion | None]) -> None:
    for reply in replies:
        if reply is not None:
            start(reply)


def _without_process() -> list[int]:
    owners = replies.owners()
    return replies.without_heartbeat(HEARTBEAT_LOST, dead(owners))


def status_of(finish: Finish) -> Status:
    """How an answer stands on the page, by the reason it ended."""
    if finish.reason in {FinishReason.STOP, FinishReason.CONTENT_FILTER, FinishReason.REFUSAL}:
        return Status.COMPLETE
    if finish.reason is FinishReason.ERROR:
        return Status.FAILED
    return Status.INTERRUPTED


async def _keep_records() -> None:
    """Once a second, one transaction for all running replies; it also hears who must stop."""
    while _running:
        await asyncio.sleep(RECORD_EVERY_S)
        progress = [reply.progress for reply in _running.values()]
        try:
            async with ThreadSensitiveContext():
                must_stop = await database_sync_to_async(replies.record)(progress)
        except Exception as error:
            logger.warning("Replies were not recorded, trying again: %s", type(error).__name__)
            continue
        for completion_id in must_stop:
            stop(completion_id)


async def _persistently(verb: Callable[..., Completion | None], *args: object, **kwargs: object):  # type: ignore[no-untyped-def]
    """Call a verb until the database takes it; a locked one is asked again for half a minute."""
    for wait_s in (0.1, 0.5, 2, 5, 10, 12):
        try:
            return await database_sync_to_async(verb)(*args, **kwargs)
        except DatabaseError as error:
            logger.warning("A reply's end was not stored, trying again: %s", type(error).__name__)
            await asyncio.sleep(wait_s)
    return await database_sync_to_async(verb)(*args, **kwargs)
