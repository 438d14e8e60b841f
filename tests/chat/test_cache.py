"""Only the very same question, to the very same knowledge, gets the answer given before."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache as django_cache
from django.db import transaction
from django.utils import translation

from accounts.models import User
from backplane import versions
from chat import cache
from chat.cache import Asked, normal
from chat.completion import Finish, FinishReason, Notice, Source
from chat.providers.base import Provider
from chat.providers.knowledge import Knowledge
from chat.providers.openai import OpenAI
from knowledge.search import TOPIC

pytestmark = pytest.mark.django_db(transaction=True)

SOURCE = Source(1, "Reset a password", "/a#b", "Forgotten", None, 5)
FINISH = Finish(FinishReason.STOP, sources=(SOURCE,), provider="openai", model="m")


@pytest.fixture(autouse=True)
def _empty() -> None:
    django_cache.clear()


def metered(model: str = "m") -> Provider:
    return OpenAI(base_url="http://127.0.0.1:1/v1", key="", model=model)


def asked(question: str = "Forgot my password?", reader: object = None, model: str = "m") -> Asked:
    return Asked(question, reader or AnonymousUser(), metered(model))  # type: ignore[arg-type]


async def test_a_kept_answer_comes_back_with_its_sources() -> None:
    await cache.put(asked(), "Reset it. [1]", FINISH)

    kept = await cache.get(asked("  forgot MY password "))

    assert kept
    assert (kept.text, kept.sources) == ("Reset it. [1]", (SOURCE,))


@pytest.mark.parametrize(
    "other",
    [asked("Forgot my passport?"), asked("How do I not forget my password"), asked(model="n")],
)
async def test_anything_else_misses(other: Asked) -> None:
    await cache.put(asked(), "Reset it. [1]", FINISH)

    assert await cache.get(other) is None


async def test_who_may_read_more_has_answers_of_their_own(ada: User, grace: User) -> None:
    await cache.put(asked(reader=grace), "Reset it. [1]", FINISH)

    assert await cache.get(asked(reader=ada)) is None
    assert await cache.get(asked()) is None
    assert await cache.get(asked(reader=grace))


async def test_another_language_misses() -> None:
    await cache.put(asked(), "Reset it. [1]", FINISH)

    with translation.override("de"):
        assert await cache.get(asked()) is None


async def test_a_change_of_the_articles_forgets_every_answer() -> None:
    await cache.put(asked(), "Reset it. [1]", FINISH)

    await _change_articles()

    assert await cache.get(asked()) is None


async def test_a_thumbs_down_evicts_the_answer() -> None:
    await cache.put(asked(), "Reset it. [1]", FINISH)

    await cache.evict(asked())

    assert await cache.get(asked()) is None


@pytest.mark.parametrize(
    "finish",
    [
        Finish(FinishReason.LENGTH, sources=(SOURCE,), provider="openai"),
        Finish(FinishReason.UNKNOWN, sources=(SOURCE,), provider="openai"),
        Finish(FinishReason.STOP, provider="openai"),
        Finish(FinishReason.STOP, Notice.LIMITED, (SOURCE,), provider="knowledge"),
        Finish(FinishReason.STOP, Notice.UNKNOWN, (SOURCE,), provider="openai"),
    ],
)
async def test_only_whole_answers_with_sources_are_kept(finish: Finish) -> None:
    await cache.put(asked(), "Reset it. [1]", finish)

    assert await cache.get(asked()) is None


async def test_what_costs_nothing_is_not_kept() -> None:
    free = Asked("Forgot my password?", AnonymousUser(), Knowledge())

    await cache.put(
        free, "Reset it. [1]", Finish(FinishReason.STOP, None, (SOURCE,), None, "knowledge")
    )

    assert await cache.get(free) is None


def test_spaces_case_and_final_marks_make_no_difference_but_words_do() -> None:
    assert normal("  My  WiFi is\ndown?! ") == normal("my wifi is down")
    assert normal("turn on wifi") != normal("turn off wifi")


async def _change_articles() -> None:
    from channels.db import database_sync_to_async

    def change() -> None:
        with transaction.atomic():
            versions.bump(TOPIC)
        versions.read_now()

    await database_sync_to_async(change)()
