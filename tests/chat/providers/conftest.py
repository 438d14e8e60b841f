"""A server that speaks the wire format; pytest reads this file before Django is set up."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.chat.providers.server import FakeServer, serving


@pytest_asyncio.fixture
async def server() -> AsyncIterator[FakeServer]:
    from chat import providers

    async with serving(words_per_second=20_000) as running:
        yield running
    await providers.aclose()
