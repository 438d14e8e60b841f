"""Chat Completions as a stream: OpenAI and every server that speaks its format.

Usage may come in any chunk, more than once: the last one counts. A finish reason or `[DONE]`
ends an answer; a stream that has neither was cut. Errors may arrive after status 200.
"""

import asyncio
import json
import logging
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

import httpx
from httpx_sse import EventSource, ServerSentEvent, SSEError

from chat.completion import Chunk, Delta, Finish, FinishReason, Notice, Usage
from chat.prompt import Prompt, Speaker, as_data, said
from chat.providers import base

logger = logging.getLogger(__name__)

MAX_OUTPUT_TOKENS = 4_000
AFTER_FINISH_S = 2.0

ROLES = {Speaker.STUDENT: "user", Speaker.ASSISTANT: "assistant"}
FINISH_REASONS = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT_FILTER,
}
TOO_LONG = {"context_length_exceeded", "string_above_max_length"}
BLOCKED = {"content_filter", "content_policy_violation", "responsibleaipolicyviolation"}
EXHAUSTED = {"insufficient_quota", "billing_hard_limit_reached", "credit_balance_too_low"}
KIND = re.compile(r"^[a-z0-9_.-]{1,60}$")


class OpenAI:
    """One model of one server."""

    name = "openai"
    is_metered = True

    def __init__(
        self, *, base_url: str, key: str, model: str, deadlines: base.Deadlines | None = None
    ) -> None:
        self.model = model
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._key = key
        self._deadlines = deadlines or base.Deadlines()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk]:
        async with aclosing(base.within(self._deadlines, self._events(prompt))) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _events(self, prompt: Prompt) -> AsyncGenerator[Chunk | None]:
        content = json.dumps(self._body(prompt)).encode()
        reading = Reading()
        async with base.post(
            self._url, headers=self._headers(), content=content, deadlines=self._deadlines
        ) as response:
            if response.status_code != httpx.codes.OK:
                raise await _error_of(response)
            async with aclosing(_server_sent(response, reading)) as events:
                async for data in events:
                    yield reading.take(data)
        yield reading.finish()

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        return headers | ({"Authorization": f"Bearer {self._key}"} if self._key else {})

    def _body(self, prompt: Prompt) -> dict[str, Any]:
        """OpenAI itself wants `max_completion_tokens`; compatible servers know `max_tokens`."""
        is_original = urlsplit(self._url).hostname == "api.openai.com"
        return {
            "model": self.model,
            "messages": messages(prompt),
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_completion_tokens" if is_original else "max_tokens": MAX_OUTPUT_TOKENS,
        }


def messages(prompt: Prompt) -> list[dict[str, str]]:
    """Instructions, what was said before, then passages and question as data.

    An answer to carry on stands last, as the assistant's own words.
    """
    return [
        {"role": "system", "content": prompt.instructions},
        *({"role": ROLES[turn.speaker], "content": said(turn)} for turn in prompt.turns),
        {"role": "user", "content": as_data(prompt)},
        *_carried_on(prompt.partial),
    ]


def _carried_on(partial: str) -> list[dict[str, str]]:
    if not partial:
        return []
    carry_on = "Your answer was cut off. Go on exactly where it ends, without repeating anything."
    return [{"role": "assistant", "content": partial}, {"role": "user", "content": carry_on}]


@dataclass(slots=True)
class Reading:
    """What one stream has said so far."""

    reason: FinishReason | None = None
    usage: Usage | None = None
    is_done: bool = False
    has_refused: bool = False
    read: int = 0
    unreadable: int = 0

    def take(self, data: str) -> Delta | None:
        """Read one event's data; raise the ProviderError it carries."""
        if data.strip() == "[DONE]":
            self.is_done = True
            return None
        try:
            event = json.loads(data)
        except ValueError:
            event = None
        if not isinstance(event, dict):
            self.unreadable += 1
            return None
        self.read += 1
        if event.get("error"):
            raise error_from(event["error"])
        self._count(event.get("usage"))
        return self._choice(event.get("choices"))

    def finish(self) -> Finish:
        """The end of the stream; raise StreamCut or Malformed when it is none."""
        if self.unreadable:
            logger.warning("A provider sent %d unreadable events", self.unreadable)
        if not self.read:
            raise base.Malformed("No event could be read")
        if self.reason is None and not self.is_done:
            raise base.StreamCut("The stream ended without an end")
        reason = self.reason or FinishReason.UNKNOWN
        if self.has_refused and reason is FinishReason.STOP:
            reason = FinishReason.REFUSAL
        declined = Notice.DECLINED if reason is FinishReason.CONTENT_FILTER else None
        return Finish(reason, notice=declined, usage=self.usage)

    def _choice(self, choices: object) -> Delta | None:
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return None
        if reason := choice.get("finish_reason"):
            self.reason = FINISH_REASONS.get(str(reason), FinishReason.UNKNOWN)
        delta = choice.get("delta")
        if not isinstance(delta, dict):
            return None
        refusal, text = delta.get("refusal"), delta.get("content")
        self.has_refused = self.has_refused or bool(refusal)
        said = text or refusal
        return Delta(said) if isinstance(said, str) and said else None

    def _count(self, usage: object) -> None:
        if isinstance(usage, dict):
            details = usage.get("prompt_tokens_details")
            self.usage = Usage(
                input_tokens=_whole(usage.get("prompt_tokens")),
                output_tokens=_whole(usage.get("completion_tokens")),
                cached_tokens=_whole(
                    details.get("cached_tokens") if isinstance(details, dict) else 0
                ),
            )


async def _server_sent(response: httpx.Response, reading: Reading) -> AsyncGenerator[str]:
    """The data of each event up to `[DONE]`.

    Once a finish reason was read the answer is whole: usage may follow, but nobody waits long
    for it, and a connection that breaks then breaks nothing.
    """
    async with aclosing(EventSource(response).aiter_sse()) as events:
        while not reading.is_done:
            try:
                async with asyncio.timeout(AFTER_FINISH_S if reading.reason else None):
                    event: ServerSentEvent | None = await anext(events, None)
            except SSEError:
                raise base.Malformed("The answer is no event stream") from None
            except (TimeoutError, httpx.HTTPError):
                if reading.reason is None:
                    raise
                return
            if event is None:
                return
            yield event.data


async def _error_of(response: httpx.Response) -> base.ProviderError:
    try:
        body = json.loads(await base.error_body(response))
    except (ValueError, httpx.HTTPError):
        body = None
    detail = body.get("error") if isinstance(body, dict) else None
    return error_from(detail, response.status_code, response.headers)


def error_from(
    detail: object, status: int = 0, headers: Mapping[str, str] | None = None
) -> base.ProviderError:
    """Translate an error object and, when there is one, the HTTP status. Never raises."""
    code, kind = _kinds(detail)
    named = {code, kind} - {""}
    said = " ".join([str(status or "in the stream"), *sorted(named)])
    if named & EXHAUSTED:
        return base.Quota(said)
    if named & TOO_LONG or status == 413:
        return base.ContextTooLong(said)
    if named & BLOCKED:
        return base.ContentBlocked(said)
    if status == 429 or "rate_limit" in code + kind or code == "429":
        return base.RateLimited(said, retry_after=_retry_after(headers or {}))
    return _by_status(status or _status_in(code), kind)(said)


def _by_status(status: int, kind: str) -> type[base.ProviderError]:
    exact: dict[int, type[base.ProviderError]] = {
        401: base.Auth,
        402: base.Billing,
        403: base.Auth,
        404: base.NotFound,
        408: base.ServerError,
        409: base.ServerError,
        503: base.Overloaded,
        529: base.Overloaded,
    }
    if status in exact:
        return exact[status]
    if status == 0 and "invalid_request" in kind:
        return base.BadRequest
    if status == 0 and "overloaded" in kind:
        return base.Overloaded
    return base.BadRequest if 300 <= status < 500 else base.ServerError


def _kinds(detail: object) -> tuple[str, str]:
    """The error's code and type where they look like names; free text is left behind."""
    if not isinstance(detail, dict):
        return "", ""
    values: Sequence[str] = [str(detail.get(key) or "").lower() for key in ("code", "type")]
    code, kind = (value if KIND.match(value) else "" for value in values)
    return code, kind


def _status_in(code: str) -> int:
    return int(code) if code.isdecimal() and len(code) == 3 else 0


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from `retry-after-ms` or `retry-after`; None for a date or nonsense."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * scale
        except (KeyError, ValueError):
            continue
        if isfinite(seconds):
            return max(0.0, seconds)
    return None


def _whole(value: object) -> int:
    """A token count; anything else is 0."""
    return value if isinstance(value, int) and value > 0 else 0
