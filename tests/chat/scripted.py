"""A model's server that says what the test tells it to, and ways to ask and to wait."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from channels.db import database_sync_to_async

from chat import conversation, stream
from chat.models import Completion, Message, Status

PATIENCE_S = 25


class Turn:
    """One request for an answer, held open until the test ends it."""

    def __init__(self, body: dict[str, Any], response: web.StreamResponse) -> None:
        self.prompt = json.dumps(body["messages"], ensure_ascii=False)
        self.is_left = asyncio.Event()
        self._response = response
        self._over = asyncio.Event()

    async def say(self, *texts: str) -> None:
        for text in texts:
            await self._event({"choices": [{"index": 0, "delta": {"content": text}}]})

    async def end(self, reason: str = "stop") -> None:
        await self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
        await self._response.write(b"data: [DONE]\n\n")
        self._over.set()

    async def fail(self) -> None:
        await self._event({"error": {"message": "the engine fell over"}})
        self._over.set()

    async def hold(self) -> None:
        try:
            await self._over.wait()
        except asyncio.CancelledError:
            self.is_left.set()
            raise

    async def _event(self, event: dict[str, Any]) -> None:
        await self._response.write(f"data: {json.dumps(event)}\n\n".encode())


@dataclass
class ScriptedProvider:
    """A Chat Completions server; each request is a Turn, or answered by `answers` at once."""

    address: str = ""
    answers: str = ""
    refuses_with: int = 0
    turns: asyncio.Queue[Turn] = field(default_factory=asyncio.Queue)
    prompts: list[str] = field(default_factory=list)

    async def turn(self) -> Turn:
        """The next request that has come in."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.turns.get()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.prompts.append(json.dumps(body["messages"], ensure_ascii=False))
        if self.refuses_with:
            return web.Response(status=self.refuses_with)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        turn = Turn(body, response)
        if self.answers:
            await turn.say(self.answers)
            await turn.end()
        else:
            self.turns.put_nowait(turn)
            await turn.hold()
        return response


@asynccontextmanager
async def serving() -> AsyncIterator[ScriptedProvider]:
    scripted = ScriptedProvider()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", scripted.serve)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    scripted.address = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield scripted
    await runner.cleanup()


async def end_replies() -> None:
    """Stop whatever this process still writes."""
    tasks = [reply.task for reply in stream._running.values() if reply.task]
    for reply in tuple(stream._running.values()):
        reply.end(Status.STOPPED)
    if tasks:
        await asyncio.wait(tasks, timeout=PATIENCE_S)


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something that happens elsewhere has happened."""
    async with asyncio.timeout(PATIENCE_S):
        while not await is_so():  # noqa: ASYNC110  the database sets no event
            await asyncio.sleep(0.02)


async def ended(completion_id: int) -> Completion:
    """The reply once it no longer runs."""

    async def is_over() -> bool:
        rows = Completion.objects.filter(pk=completion_id, status=Status.RUNNING)
        return stream.here(completion_id) is None and not await rows.aexists()

    await until(is_over)
    return await Completion.objects.select_related("message").aget(pk=completion_id)


async def asked(by: Any, text: str, talk: Any = None) -> conversation.Asked:
    """Ask, and run the reply; begins a conversation unless given one."""
    talk = talk or await database_sync_to_async(conversation.begin)(by)
    return await stream.after(
        lambda: conversation.ask(talk, by=by, text=text), lambda what: what.reply
    )


async def path_of(talk: Any) -> list[Message]:
    """The messages on the page, oldest first."""
    await talk.arefresh_from_db()
    return await database_sync_to_async(Message.objects.path)(talk.leaf_id)
