"""Where answers come from: `stream` asks the configured provider, and steps in when it fails.

Before the first word a failure is invisible but for a notice: the help centre's own words answer
instead. After it, the ProviderError goes up and what was said stays.
"""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from functools import cache

from django.conf import settings

from chat.completion import Chunk, Delta, Finish, Notice
from chat.prompt import Prompt
from chat.providers.base import Deadlines, Malformed, Provider, ProviderError, aclose
from chat.providers.knowledge import Knowledge
from chat.providers.openai import OpenAI

__all__ = ["Provider", "ProviderError", "aclose", "configured", "from_knowledge", "stream"]

logger = logging.getLogger(__name__)


def configured() -> Provider:
    """The provider that the settings name; without a model's name, the help centre itself."""
    if not settings.OPENAI_MODEL:
        return _knowledge()
    return OpenAI(
        base_url=settings.OPENAI_BASE_URL,
        key=settings.OPENAI_API_KEY,
        model=settings.OPENAI_MODEL,
        deadlines=Deadlines(
            connect_s=settings.CONNECT_DEADLINE_S,
            first_content_s=settings.FIRST_CONTENT_DEADLINE_S,
            idle_s=settings.IDLE_DEADLINE_S,
            total_s=settings.ANSWER_DEADLINE_S,
        ),
    )


async def stream(prompt: Prompt) -> AsyncGenerator[Chunk]:
    """Yield `Delta … Finish`; raise a ProviderError only after text was yielded."""
    provider = configured()
    has_text = False
    try:
        async with aclosing(_signed(provider, prompt)) as chunks:
            async for chunk in chunks:
                if isinstance(chunk, Finish) and not has_text and chunk.notice is None:
                    raise Malformed("The answer is empty")
                has_text = has_text or isinstance(chunk, Delta)
                yield chunk
        return
    except ProviderError as error:
        if has_text:
            raise
        logger.warning("%s gave no answer: %s %s", provider.name, type(error).__name__, error)
    async with aclosing(from_knowledge(prompt)) as chunks:
        async for chunk in chunks:
            if isinstance(chunk, Finish):
                yield replace(chunk, notice=chunk.notice or Notice.LIMITED)
            else:
                yield chunk


def from_knowledge(prompt: Prompt) -> AsyncGenerator[Chunk]:
    """Answer from the help centre's own words, whatever is configured."""
    return _signed(_knowledge(), prompt)


async def _signed(provider: Provider, prompt: Prompt) -> AsyncGenerator[Chunk]:
    """What the provider says; its end names who said it."""
    async with aclosing(provider.stream(prompt)) as chunks:
        async for chunk in chunks:
            if isinstance(chunk, Finish):
                yield replace(chunk, provider=provider.name, model=provider.model)
            else:
                yield chunk


@cache
def _knowledge() -> Provider:
    return Knowledge()
