"""Which provider answers, and who steps in when it does not."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
from pytest_django import Settings

from chat import providers
from chat.completion import Chunk, Delta, Finish, FinishReason, Notice, Source
from chat.prompt import Passage, Prompt
from chat.providers import base
from tests.chat.providers.server import ANSWER, FakeServer

PASSAGE = Passage(
    Source(1, "Reset a password", "/a", article_id=1), 1, "Open the password page.", 0.95
)
PROMPT = Prompt("Answer.", "forgot my password", (PASSAGE,))


@pytest.fixture
def model(server: FakeServer, settings: Settings) -> Settings:
    settings.OPENAI_BASE_URL = server.address
    settings.OPENAI_API_KEY = "sk-ada"
    settings.OPENAI_MODEL = "fast"
    return settings


async def answer_of(stream: AsyncGenerator[Chunk]) -> tuple[str, Finish]:
    text = ""
    async with aclosing(stream) as chunks:
        async for chunk in chunks:
            if isinstance(chunk, Finish):
                return text, chunk
            assert isinstance(chunk, Delta)
            text += chunk.text
    raise AssertionError("no Finish came")


async def test_without_a_model_the_help_centre_answers(settings: Settings) -> None:
    settings.OPENAI_MODEL = ""

    text, finish = await answer_of(providers.stream(PROMPT))

    assert "Open the password page. [1]" in text
    assert (finish.provider, finish.notice) == ("knowledge", None)
    assert not providers.configured().is_metered


async def test_with_a_model_the_model_answers(model: Settings) -> None:
    text, finish = await answer_of(providers.stream(PROMPT))

    assert text.strip() == ANSWER
    assert (finish.provider, finish.model) == (providers.configured().name, "fast")
    assert providers.configured().is_metered


@pytest.mark.parametrize("name", ["broken", "unauthorized", "limited", "nonsense", "empty"])
async def test_a_provider_that_fails_at_once_is_replaced(model: Settings, name: str) -> None:
    model.OPENAI_MODEL = name

    text, finish = await answer_of(providers.stream(PROMPT))

    assert "Open the password page. [1]" in text
    assert finish.notice is Notice.LIMITED
    assert finish.provider == "knowledge"
    assert finish.reason is FinishReason.STOP


async def test_what_nobody_knows_stays_unknown_when_the_provider_fails(
    model: Settings,
) -> None:
    model.OPENAI_MODEL = "broken"

    _text, finish = await answer_of(providers.stream(Prompt("Answer.", "two eggs")))

    assert finish.notice is Notice.UNKNOWN


@pytest.mark.parametrize("name", ["cut", "error"])
async def test_after_the_first_word_a_failure_goes_up(model: Settings, name: str) -> None:
    model.OPENAI_MODEL = name
    said = ""

    with pytest.raises(base.ProviderError):
        async for chunk in providers.stream(PROMPT):
            assert isinstance(chunk, Delta)
            said += chunk.text

    assert said.startswith("Open the password page and")


async def test_the_help_centre_can_be_asked_whatever_is_configured(model: Settings) -> None:
    _text, finish = await answer_of(providers.from_knowledge(PROMPT))

    assert finish.provider == "knowledge"


async def test_after_closing_the_next_request_opens_a_new_client(model: Settings) -> None:
    await answer_of(providers.stream(PROMPT))

    await providers.aclose()

    text, _finish = await answer_of(providers.stream(PROMPT))
    assert text.strip() == ANSWER
