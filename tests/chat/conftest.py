"""The model's server of a test, and no reply left running after it."""

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from pytest_django import Settings

if TYPE_CHECKING:
    from tests.chat.scripted import ScriptedProvider


@pytest_asyncio.fixture
async def provider(settings: Settings) -> "AsyncIterator[ScriptedProvider]":
    """A model that says what the test tells it to; the assistant uses it."""
    from chat import providers
    from tests.chat import scripted

    async with scripted.serving() as server:
        settings.OPENAI_BASE_URL, settings.OPENAI_MODEL = server.address, "scripted"
        yield server
        await scripted.end_replies()
        await providers.aclose()


@pytest.fixture(autouse=True)
def _not_draining() -> Iterator[None]:
    from chat import stream

    yield
    stream._draining = False
