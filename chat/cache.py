"""Answers given before, kept for questions that mean the same to everybody who may read them.

Only an exact match counts (letter case, spaces and the marks at the end aside): questions that
merely look alike may have opposite answers. The key holds everything an answer depends on: who
may read what, the state of the articles, the instructions, the model and the language. Nothing
is kept of a conversation: a question with turns before it is never looked up.
"""

import logging
import unicodedata
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError
from django.utils.translation import get_language
from redis.exceptions import RedisError

from backplane import versions
from chat import prompts
from chat.completion import Finish, FinishReason, Source
from chat.providers import Provider
from knowledge.models import Audience, Reader
from knowledge.search import TOPIC

TTL_S = 24 * 60 * 60
OUT_OF_REACH = (DatabaseError, RedisError, OSError)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it is kept: its text and the sources it cited."""

    text: str
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Asked:
    """A first question, who asks it, the provider that would answer it, and the device's system.

    The key is made once: an answer belongs to the articles as they were when it was begun.
    """

    question: str
    reader: Reader
    provider: Provider
    device: str = ""

    @cached_property
    def key(self) -> str:
        parts = (
            normal(self.question),
            ",".join(Audience.of(self.reader)),
            str(versions.current(TOPIC)),
            prompts.digest(),
            self.provider.name,
            self.provider.model,
            self.device,
            get_language() or "",
        )
        return "answer:" + sha256("\x1f".join(parts).encode()).hexdigest()


async def get(asked: Asked) -> Kept | None:
    """The kept answer, or None; a provider that costs nothing is always asked."""
    if not asked.provider.is_metered:
        return None
    try:
        row = await cache.aget(asked.key)
    except OUT_OF_REACH as error:
        logger.warning("The answer cache is out of reach: %s", type(error).__name__)
        return None
    return _kept(row) if row else None


async def put(asked: Asked, text: str, finish: Finish) -> None:
    """Keep an answer that the metered provider itself gave, whole and with sources."""
    is_own = finish.provider == asked.provider.name
    is_whole = finish.reason is FinishReason.STOP and finish.notice is None
    if not (asked.provider.is_metered and is_own and is_whole and finish.sources):
        return
    with suppress(*OUT_OF_REACH):
        await cache.aset(asked.key, asdict(Kept(text, finish.sources)), TTL_S)


async def evict(asked: Asked) -> None:
    """Forget an answer, after a thumbs-down of somebody who may read the same articles."""
    with suppress(*OUT_OF_REACH):
        await cache.adelete(asked.key)


def normal(question: str) -> str:
    """The question without what makes no difference to its meaning."""
    folded = unicodedata.normalize("NFKC", question).casefold()
    return " ".join(folded.split()).rstrip(" ?!.…")


def _kept(row: dict[str, Any]) -> Kept:
    return Kept(row["text"], tuple(Source(**source) for source in row["sources"]))
