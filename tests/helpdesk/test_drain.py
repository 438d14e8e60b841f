"""SIGTERM to the web process as it is run: answers end, or are kept as far as they came."""

import asyncio
import signal
from collections.abc import Iterator

import pytest
from channels.db import database_sync_to_async

from accounts.models import User
from chat import conversation
from chat.models import Completion, Conversation, Status
from tests.chat import scripted
from tests.desks import close_connections, desks
from tests.factories import printing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    close_connections()


async def begin(by: User) -> Conversation:
    await database_sync_to_async(printing)()
    return await database_sync_to_async(conversation.begin)(by)


async def the_reply() -> Completion:
    return await Completion.objects.select_related("message").aget()


async def test_answer_that_ends_in_time_is_complete_before_the_process_ends(ada: User) -> None:
    talk = await begin(ada)
    async with (
        scripted.serving() as provider,
        desks(1, OPENAI_BASE_URL=provider.address, OPENAI_MODEL="scripted") as (desk,),
        await desk.page(ada, talk.pk) as page,
    ):
        await page.say(action="ask", text="How do I print?", client_key="k-1")
        turn = await provider.turn()
        await turn.say("Like")
        await page.shows("Like")
        ending = asyncio.create_task(desk.end(signal.SIGTERM))
        await asyncio.sleep(0.5)
        await turn.say(" this.")
        await page.shows("Like this.")
        await turn.end()
        await ending

    reply = await the_reply()
    assert (reply.status, reply.message.text) == (Status.COMPLETE, "Like this.")


async def test_answer_that_takes_too_long_is_stored_as_interrupted(ada: User) -> None:
    talk = await begin(ada)
    model = {"OPENAI_MODEL": "scripted", "DRAIN_DEADLINE_S": "1"}
    async with (
        scripted.serving() as provider,
        desks(1, OPENAI_BASE_URL=provider.address, **model) as (desk,),
        await desk.page(ada, talk.pk) as page,
    ):
        await page.say(action="ask", text="How do I print?", client_key="k-1")
        turn = await provider.turn()
        await turn.say("Half of it.")
        await page.shows("Half of it.")
        async with asyncio.timeout(12):
            await desk.end(signal.SIGTERM)

    reply = await the_reply()
    assert (reply.status, reply.message.text) == (Status.INTERRUPTED, "Half of it.")


async def test_question_that_comes_while_it_drains_is_sent_elsewhere(ada: User) -> None:
    talk = await begin(ada)
    other = await database_sync_to_async(conversation.begin)(ada)
    async with (
        scripted.serving() as provider,
        desks(1, OPENAI_BASE_URL=provider.address, OPENAI_MODEL="scripted") as (desk,),
        await desk.page(ada, talk.pk) as page,
        await desk.page(ada, other.pk) as late,
    ):
        await page.say(action="ask", text="How do I print?", client_key="k-1")
        turn = await provider.turn()
        await turn.say("Like this.")
        await page.shows("Like this.")
        ending = asyncio.create_task(desk.end(signal.SIGTERM))
        await asyncio.sleep(0.5)
        await late.say(action="ask", text="In colour?", client_key="k-2")
        await late.closed()
        await turn.end()
        await ending

    assert late.code == 4412
    assert await Completion.objects.acount() == 1


async def test_second_signal_does_not_wait(ada: User) -> None:
    talk = await begin(ada)
    async with (
        scripted.serving() as provider,
        desks(1, OPENAI_BASE_URL=provider.address, OPENAI_MODEL="scripted") as (desk,),
        await desk.page(ada, talk.pk) as page,
    ):
        await page.say(action="ask", text="How do I print?", client_key="k-1")
        turn = await provider.turn()
        await turn.say("Half of it.")
        await page.shows("Half of it.")
        assert desk.process is not None
        desk.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.5)
        async with asyncio.timeout(12):
            await desk.end(signal.SIGTERM)
