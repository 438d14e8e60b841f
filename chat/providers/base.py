"""What every provider shares: its shape, its errors, its HTTP client and its deadlines. Pure.

    ProviderError
    ├── Auth                 the key is refused
    ├── Billing              the account has no money
    ├── BadRequest           our request is wrong
    │   ├── ContextTooLong   the prompt does not fit the model
    │   └── ContentBlocked   the provider's own filter refused the prompt
    ├── NotFound             no such model or address
    ├── Quota                used up for today or this month; waiting does not help
    ├── RateLimited          asked to wait
    ├── Overloaded           too many are asking
    ├── ServerError          failed on its side
    ├── Unreachable          no connection
    │   └── ConnectTimeout   no connection in time
    ├── FirstContentTimeout  connected, but not a word in time
    ├── IdleTimeout          silent between words
    ├── TotalTimeout         the whole answer took too long
    ├── StreamCut            ended without saying that it ended
    └── Malformed            not the wire format, or more than anybody could read

An error's text never repeats what the provider wrote: such a text may quote the prompt or the
key. Deadlines count from content to content; pings and empty frames are no content.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable
from weakref import WeakKeyDictionary

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from chat.completion import Chunk, Delta
from chat.prompt import Prompt

MAX_ANSWER_CHARS = 200_000
MAX_STREAM_BYTES = 16 * 2**20
MAX_ERROR_BYTES = 64 * 2**10


@runtime_checkable
class Provider(Protocol):
    """One way to get an answer. `is_metered` says that answers cost money or quota."""

    name: str
    model: str
    is_metered: bool

    def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk]:
        """Yield `Delta … Finish`, or raise a ProviderError."""
        ...


class ProviderError(Exception):
    """The provider did not answer; `retryable` says whether the same request may work later."""

    retryable = False


class Auth(ProviderError):
    pass


class Billing(ProviderError):
    pass


class BadRequest(ProviderError):
    pass


class ContextTooLong(BadRequest):
    pass


class ContentBlocked(BadRequest):
    pass


class NotFound(ProviderError):
    pass


class Quota(ProviderError):
    pass


class RateLimited(ProviderError):
    """The provider asked us to wait; `retry_after` is in seconds, None when it did not say."""

    retryable = True

    def __init__(self, message: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Overloaded(ProviderError):
    retryable = True


class ServerError(ProviderError):
    retryable = True


class Unreachable(ProviderError):
    retryable = True


class ConnectTimeout(Unreachable):
    pass


class FirstContentTimeout(ProviderError):
    retryable = True


class IdleTimeout(ProviderError):
    retryable = True


class TotalTimeout(ProviderError):
    pass


class StreamCut(ProviderError):
    retryable = True


class Malformed(ProviderError):
    pass


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds: to connect, to the first content, between contents, for everything."""

    connect_s: float = 5.0
    first_content_s: float = 30.0
    idle_s: float = 25.0
    total_s: float = 180.0


async def within(
    deadlines: Deadlines, events: AsyncGenerator[Chunk | None]
) -> AsyncGenerator[Chunk]:
    """Pass on an adapter's events while they come in time; None is a sign of life, no content.

    Raises FirstContentTimeout, IdleTimeout, TotalTimeout, and Malformed for an answer of more
    than MAX_ANSWER_CHARS. The events are closed however this ends.
    """
    now = asyncio.get_running_loop().time
    end, latest, chars = now() + deadlines.total_s, now(), 0
    waiting: float = deadlines.first_content_s
    late: type[ProviderError] = FirstContentTimeout
    async with aclosing(events):
        while True:
            until = min(end, latest + waiting)
            try:
                event = await _next(events, until)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise (TotalTimeout if until == end else late) from None
            if event is None:
                continue
            chars += len(event.text) if isinstance(event, Delta) else 0
            if chars > MAX_ANSWER_CHARS:
                raise Malformed("The answer is longer than anybody could read")
            yield event
            latest, waiting, late = now(), deadlines.idle_s, IdleTimeout


async def _next(events: AsyncGenerator[Chunk | None], until: float) -> Chunk | None:
    """The next event; raise TimeoutError when the loop's clock passes `until` before it."""
    if asyncio.get_running_loop().time() >= until:
        raise TimeoutError
    async with asyncio.timeout_at(until):
        return await anext(events)


class Bounded(httpx.AsyncByteStream):
    """A response's bytes up to MAX_STREAM_BYTES; a line without end must not fill the memory."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._stream:
            size += len(part)
            if size > MAX_STREAM_BYTES:
                raise Malformed("The provider sent more than we read")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = WeakKeyDictionary()


def http_client() -> httpx.AsyncClient:
    """The running event loop's HTTP client: httpx over aiohttp, as many streams as are asked.

    aiohttp carries 500 streams at two thirds of the CPU of httpx's own transport. Its session is
    made here, because through httpx its limit would stay at 100 connections.
    """
    loop = asyncio.get_running_loop()
    client = _clients.get(loop)
    if client is None or client.is_closed:
        connector = aiohttp.TCPConnector(limit=0, ssl=httpx.create_ssl_context())
        session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=True
        )
        client = httpx.AsyncClient(transport=AiohttpTransport(client=session), trust_env=False)
        _clients[loop] = client
    return client


async def aclose() -> None:
    """Close the running event loop's HTTP client; the next request makes a new one."""
    client = _clients.pop(asyncio.get_running_loop(), None)
    if client:
        await client.aclose()


@asynccontextmanager
async def post(
    url: str, *, headers: dict[str, str], content: bytes, deadlines: Deadlines
) -> AsyncIterator[httpx.Response]:
    """Send a request and hand over the response while its body is still coming.

    Errors of the way there are Unreachable or ConnectTimeout; later ones are StreamCut.
    """
    timeout = httpx.Timeout(None, connect=deadlines.connect_s)
    request = http_client().build_request(
        "POST",
        url,
        headers={**headers, "Accept-Encoding": "identity"},
        content=content,
        timeout=timeout,
    )
    try:
        response = await http_client().send(request, stream=True)
    except httpx.ConnectTimeout:
        raise ConnectTimeout from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise Unreachable(type(error).__name__) from None
    try:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise Malformed("The answer is compressed although we asked for plain text")
        response.stream = Bounded(response.stream)  # type: ignore[arg-type]
        yield response
    except (httpx.HTTPError, OSError) as error:
        raise StreamCut(type(error).__name__) from None
    finally:
        await response.aclose()


async def error_body(response: httpx.Response) -> bytes:
    """The first MAX_ERROR_BYTES of a response that is an error."""
    body = b""
    async for part in response.aiter_bytes():
        body += part
        if len(body) >= MAX_ERROR_BYTES:
            break
    return body[:MAX_ERROR_BYTES]
