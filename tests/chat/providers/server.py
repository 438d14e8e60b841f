"""A Chat Completions server that behaves as its model's name says; for tests and for a browser.

    python -m tests.chat.providers.server --port 9500 --words-per-second 40

Then set OPENAI_BASE_URL=http://127.0.0.1:9500/v1 and OPENAI_MODEL to a key of `BEHAVIOURS`.
"""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

ANSWER = (
    "Open the password page and choose Forgot password [1]. Enter your full campus address [1]. "
    "Prove it is you with your phone [1]. Then choose a new password and press Finish [1]."
)
MARKDOWN = """Here is how it goes [1].

1. Open **Settings > Network & internet**. [1]
2. Choose `eduroam` and press **Connect**. [1]
   - Your name is the *full* address.
   - Your password is the usual one.
3. Wait half a minute.

> **Changed your password lately?** Update every device on the same day. [2]

|Field|Value|
|---|---|
|EAP method|PEAP|

```console Terminal
nmcli connection delete eduroam
```

<script>alert("never")</script> and [a bad link](javascript:alert(1)) stay text. ![remote](https://eve.example/pixel.png)
"""
USAGE = {
    "prompt_tokens": 120,
    "completion_tokens": 48,
    "total_tokens": 168,
    "prompt_tokens_details": {"cached_tokens": 64},
}


@dataclass
class FakeServer:
    """What the server is told and what it was asked. `address` ends in `/v1`."""

    words_per_second: float = 400.0
    address: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    open_streams: int = 0

    @property
    def pause_s(self) -> float:
        return 1 / self.words_per_second


class Stream:
    """One answer on its way; `raw` writes bytes, the others the wire format."""

    def __init__(self, server: FakeServer, response: web.StreamResponse) -> None:
        self.server = server
        self._response = response

    async def raw(self, data: bytes) -> None:
        await self._response.write(data)

    async def event(self, event: dict[str, Any]) -> None:
        await self.raw(f"data: {json.dumps(event)}\n\n".encode())

    async def word(self, text: str, pause_s: float | None = None) -> None:
        await self.event(delta(text))
        await asyncio.sleep(self.server.pause_s if pause_s is None else pause_s)

    async def words(self, text: str, pause_s: float | None = None) -> None:
        for word in text.split(" "):
            await self.word(word + " ", pause_s)

    async def end(self, reason: str = "stop", usage: dict[str, Any] | None = USAGE) -> None:
        await self.event(finish(reason))
        if usage:
            await self.event({"choices": [], "usage": usage})
        await self.raw(b"data: [DONE]\n\n")


def delta(text: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}


def finish(reason: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}


async def fast(stream: Stream) -> None:
    await stream.words(ANSWER)
    await stream.end()


async def slow(stream: Stream) -> None:
    """Two words a second for a minute and more."""
    await stream.words(" ".join([ANSWER] * 4), pause_s=0.5)
    await stream.end()


async def long(stream: Stream) -> None:
    """About 20,000 characters."""
    await stream.words("\n\n".join([ANSWER] * 110))
    await stream.end()


async def markdown(stream: Stream) -> None:
    await stream.words(MARKDOWN)
    await stream.end()


async def cut(stream: Stream) -> None:
    """The connection goes away in the middle."""
    await stream.words(ANSWER[:90])


async def silent(stream: Stream) -> None:
    """Pings and empty frames, but not a word."""
    while True:
        await stream.raw(b": ping\n\n")
        await stream.event({"choices": [{"delta": {"role": "assistant", "content": ""}}]})
        await asyncio.sleep(0.02)


async def stall(stream: Stream) -> None:
    """A few words, then pings for ever."""
    await stream.words(ANSWER[:40])
    await silent(stream)


async def error(stream: Stream) -> None:
    await stream.words(ANSWER[:40])
    await stream.event({"error": {"message": "The engine fell over", "type": "server_error"}})


async def malformed(stream: Stream) -> None:
    """One event that is no JSON, between good ones."""
    await stream.words(ANSWER[:40])
    await stream.raw(b'data: {"choices": [{"del\n\n')
    await stream.words(ANSWER[40:])
    await stream.end()


async def nonsense(stream: Stream) -> None:
    """Nothing but events that are no JSON."""
    for _ in range(3):
        await stream.raw(b"data: ]]\n\n")


async def split(stream: Stream) -> None:
    """Every byte arrives alone; lines end in CR LF; comments and other fields between."""
    data = json.dumps(delta("Grüße 🌊"), ensure_ascii=False)
    for byte in f": hello\r\n\r\nevent: message\r\nid: 7\r\ndata: {data}\r\n\r\n".encode():
        await stream.raw(bytes([byte]))
        await asyncio.sleep(0)
    await stream.end()


async def filtered(stream: Stream) -> None:
    await stream.words("I would")
    await stream.end("content_filter")


async def refusal(stream: Stream) -> None:
    await stream.event({"choices": [{"delta": {"refusal": "I can’t help with that."}}]})
    await stream.end()


async def length(stream: Stream) -> None:
    await stream.words(ANSWER[:40])
    await stream.end("length")


async def strange(stream: Stream) -> None:
    """A finish reason nobody has heard of."""
    await stream.words(ANSWER[:40])
    await stream.end("moon_phase")


async def double_usage(stream: Stream) -> None:
    """Usage with the text, growing, and once more at the end."""
    for tokens in (1, 2):
        await stream.event(delta("word ") | {"usage": USAGE | {"completion_tokens": tokens}})
    await stream.event(finish("stop") | {"usage": USAGE})
    await stream.event({"choices": [], "usage": USAGE})
    await stream.raw(b"data: [DONE]\n\n")


async def without_done(stream: Stream) -> None:
    """A finish reason, usage after it, and no terminator."""
    await stream.words(ANSWER)
    await stream.event(finish("stop"))
    await stream.event({"choices": [], "usage": USAGE})


async def lingering(stream: Stream) -> None:
    """Ends its answer and then holds the line."""
    await stream.words(ANSWER)
    await stream.event(finish("stop"))
    await asyncio.sleep(30)


async def done_only(stream: Stream) -> None:
    """`[DONE]` without a finish reason."""
    await stream.words(ANSWER)
    await stream.raw(b"data: [DONE]\n\n")


async def empty(stream: Stream) -> None:
    await stream.end()


async def megabytes(stream: Stream) -> None:
    while True:
        await stream.event(delta("all work and no play " * 500))


async def endless_line(stream: Stream) -> None:
    """One event whose line never ends."""
    await stream.raw(b'data: {"choices": [{"delta": {"content": "')
    while True:
        await stream.raw(b"a" * 2**16)


Behaviour = Callable[[Stream], Awaitable[None]]
BEHAVIOURS: dict[str, Behaviour] = {
    behaviour.__name__: behaviour
    for behaviour in (
        fast, slow, long, markdown, cut, silent, stall, error, malformed, nonsense, split,
        filtered, refusal, length, strange, double_usage, without_done, lingering, done_only,
        empty, megabytes, endless_line,
    )
}  # fmt: skip
REFUSED: dict[str, tuple[int, dict[str, Any] | str, dict[str, str]]] = {
    "limited": (429, {"error": {"code": "rate_limit_exceeded"}}, {"retry-after": "7"}),
    "limited_ms": (429, {"error": {"code": "rate_limit_exceeded"}}, {"retry-after-ms": "1500"}),
    "limited_bare": (429, "", {}),
    "quota": (429, {"error": {"code": "insufficient_quota", "type": "insufficient_quota"}}, {}),
    "unauthorized": (401, {"error": {"message": "Incorrect API key provided: sk-secret"}}, {}),
    "unpaid": (402, "", {}),
    "unknown_model": (404, {"error": {"code": "model_not_found"}}, {}),
    "too_long": (400, {"error": {"code": "context_length_exceeded"}}, {}),
    "blocked": (400, {"error": {"code": "content_filter"}}, {}),
    "wrong": (400, {"error": {"message": "You sent: my secret question", "type": "x y"}}, {}),
    "broken": (500, "<html>Internal Server Error</html>", {}),
    "overloaded": (503, {"error": ["not", "an", "object"]}, {}),
    "moved": (302, "", {"location": "http://127.0.0.1:1/"}),
}


def application(server: FakeServer) -> web.Application:
    async def complete(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        server.requests.append(body)
        server.keys.append(request.headers.get("Authorization", ""))
        if body["model"] in REFUSED:
            return _refusal(*REFUSED[body["model"]])
        if body["model"] == "no_stream":
            return web.json_response({"choices": [{"message": {"content": ANSWER}}]})
        return await _answer(server, request, BEHAVIOURS[body["model"]])

    app = web.Application()
    app.router.add_post("/v1/chat/completions", complete)
    return app


async def _answer(
    server: FakeServer, request: web.Request, behaviour: Behaviour
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    await response.prepare(request)
    server.open_streams += 1
    try:
        await behaviour(Stream(server, response))
    finally:
        server.open_streams -= 1
    if behaviour is cut and request.transport:
        request.transport.abort()
    return response


def _refusal(status: int, body: dict[str, Any] | str, headers: dict[str, str]) -> web.Response:
    text = body if isinstance(body, str) else json.dumps(body)
    return web.Response(status=status, text=text, headers=headers)


@asynccontextmanager
async def serving(
    words_per_second: float = 400.0, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[FakeServer]:
    """Serve until the block ends; port 0 takes any free one."""
    server = FakeServer(words_per_second)
    runner = web.AppRunner(application(server), handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        server.address = f"http://{host}:{runner.addresses[0][1]}/v1"
        yield server
    finally:
        await runner.cleanup()


async def _serve_forever(arguments: argparse.Namespace) -> None:
    async with serving(arguments.words_per_second, arguments.host, arguments.port) as server:
        print(f"Listening on {server.address}", flush=True)  # noqa: T201
        print("Models:", *_names(), flush=True)  # noqa: T201
        await asyncio.Event().wait()


def _names() -> Iterable[str]:
    return [*BEHAVIOURS, *REFUSED, "no_stream"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9500)
    parser.add_argument("--words-per-second", type=float, default=40.0)
    asyncio.run(_serve_forever(parser.parse_args()))
