"""Two web processes over one database, with Redis between them and without."""

import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from channels.db import database_sync_to_async

from accounts.models import User
from chat import conversation
from chat.models import Completion, Conversation, Status
from tests.chat.scripted import ScriptedProvider, path_of, until
from tests.desks import Desk, desks
from tests.factories import texts

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.channel_layer,
    pytest.mark.postgres,
]

Pair = tuple[Desk, Desk]


@pytest_asyncio.fixture
async def pair(provider: ScriptedProvider) -> AsyncIterator[Pair]:
    """Two web processes that ask the test's model."""
    async with desks(2, OPENAI_BASE_URL=provider.address, OPENAI_MODEL="scripted") as running:
        yield running[0], running[1]


async def begin(by: User) -> Conversation:
    return await database_sync_to_async(conversation.begin)(by)


async def test_page_at_one_process_follows_the_answer_of_the_other(
    ada: User, provider: ScriptedProvider, pair: Pair
) -> None:
    talk = await begin(ada)
    async with (
        await pair[0].page(ada, talk.pk) as asking,
        await pair[1].page(ada, talk.pk) as watching,
    ):
        await asking.say(action="ask", text="How do I print?", client_key="k-1")
        turn = await provider.turn()
        await turn.say("First of all.\n\n")
        await watching.shows("First of all.")
        await turn.say("And then.")
        await watching.shows("And then.")
        await turn.end()

        for page in (asking, watching):
            last = (await page.shows('data-status="complete"')).rpartition('id="thread"')[2]
            assert last.count("First of all.") == 1
            assert last.count("And then.") == 1


async def test_page_that_joins_at_the_other_process_gets_what_is_there(
    ada: User, provider: ScriptedProvider, pair: Pair
) -> None:
    talk = await begin(ada)
    async with await pair[0].page(ada, talk.pk) as asking:
        await asking.say(action="ask", text="How do I print?", client_key="k-1")
        turn = await provider.turn()
        await turn.say("First of all.")
        await asking.shows("First of all.")

        async with await pair[1].page(ada, talk.pk) as joining:
            await joining.shows("First of all.", within_s=5)
            await turn.say(" And then.")
            await joining.shows("And then.", within_s=5)
        await turn.end()


async def test_stop_at_one_process_ends_the_answer_of_the_other(
    ada: User, provider: ScriptedProvider, pair: Pair
) -> None:
    talk = await begin(ada)
    async with (
        await pair[0].page(ada, talk.pk) as asking,
        await pair[1].page(ada, talk.pk) as other,
    ):
        await asking.say(action="ask", text="How do I print?", client_key="k-1")
        turn = await provider.turn()
        await turn.say("Seen.")
        await asking.shows("Seen.")

        await other.say(action="stop")

        await asking.shows("You stopped this answer.")
        await other.shows("You stopped this answer.")
    assert texts(await path_of(talk)) == ["How do I print?", "Seen."]


async def test_killed_process_leaves_its_answer_interrupted_and_the_other_answers_what_waited(
    ada: User, provider: ScriptedProvider, pair: Pair
) -> None:
    talk = await begin(ada)
    async with (
        await pair[0].page(ada, talk.pk) as asking,
        await pair[1].page(ada, talk.pk) as other,
    ):
        await asking.say(action="ask", text="How do I print?", client_key="k-1")
        turn = await provider.turn()
        await turn.say("Half of it.")
        await asking.shows("Half of it.")
        await other.say(action="ask", text="In colour?", client_key="k-2")
        await until(_is_recorded)

        await pair[0].end(signal.SIGKILL)
        second = await provider.turn()
        await second.say("In colour too.")
        await second.end()

        await other.shows("This answer was cut off.")
        await other.shows("In colour too.")
    statuses = Completion.objects.order_by("pk").values_list("status", flat=True)

    async def are_over() -> bool:
        return [status async for status in statuses.all()] == [Status.INTERRUPTED, Status.COMPLETE]

    await until(are_over)
    assert texts(await path_of(talk)) == [
        "How do I print?", "Half of it.", "In colour?", "In colour too.",
    ]  # fmt: skip


async def _is_recorded() -> bool:
    return await Completion.objects.filter(message__text="Half of it.").aexists()
