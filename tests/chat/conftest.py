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
    """A model that says what the test tells it to, for questions about printing.

    No model is asked when the help centre has nothing, so it has one article.
    """
    from channels.db import database_sync_to_async

    from chat import providers
    from tests import factories
    from tests.chat import scripted

    await database_sync_to_async(factories.printing)()
    async with scripted.serving() as server:
        settings.OPENAI_BASE_URL, settings.OPENAI_MODEL = server.address, "scripted"
        yield server
        await scripted.end_replies()
        await providers.aclose()


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """A process drains once and keeps its connections; the next test starts afresh."""
    from chat import stream
    from tests.desks import close_connections

    yield
    stream._draining = False
    close_connections()
