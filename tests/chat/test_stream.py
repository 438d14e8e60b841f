"""A running reply, from the provider's wire to whoever listens."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from channels.db import database_sync_to_async
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from chat import conversation, fragments, live, page, replies, stream
from chat.blocks import Blocks
from chat.live import Changed, Event, Frame
from chat.models import Completion, Conversation, Message, Role, Status
from tests.chat.scripted import ScriptedProvider, asked, ended, path_of, until
from tests.factories import conversation_of, silent_since, texts

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "Open **Settings** now. "


class Listener:
    """A page that keeps every event, and waits for one."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._heard = asyncio.Event()

    def hear(self, event: Event) -> None:
        self.events.append(event)
        self._heard.set()

    @property
    def frames(self) -> list[Frame]:
        return [event for event in self.events if isinstance(event, Frame)]

    async def heard(self, frames: int = 1) -> list[Frame]:
        async with asyncio.timeout(10):
            while len(self.frames) < frames:
                self._heard.clear()
                await self._heard.wait()
        return self.frames


@pytest.fixture
def listeners() -> Iterator[Any]:
    """Makes pages that listen to a conversation."""
    joined: list[tuple[UUID, Listener]] = []

    def listen(pk: UUID) -> Listener:
        joined.append((pk, Listener()))
        live.join(*joined[-1])
        return joined[-1][1]

    yield listen
    for pk, listener in joined:
        live.leave(pk, listener)


def html_after(frames: list[Frame]) -> str:
    """What a page shows that has followed these frames from the start, as plain text order."""
    settled = "".join(append.html for frame in frames for append in frame.patch.appends)
    return settled + frames[-1].patch.tail


async def begin(by: User) -> Conversation:
    return await database_sync_to_async(conversation.begin)(by)


async def test_answer_is_stored_with_its_reason_and_model(
    ada: User, provider: ScriptedProvider
) -> None:
    provider.answers = "Like this."

    what = await asked(ada, "How do I print?")
    reply = await ended(what.reply.pk)

    assert reply.message.text == "Like this."
    assert (reply.status, reply.finish_reason) == (Status.COMPLETE, "stop")
    assert (reply.provider, reply.model) == ("openai", "scripted")
    assert reply.first_delta_at is not None


async def test_first_words_are_shown_at_once_and_later_ones_gathered(
    ada: User, provider: ScriptedProvider, listeners: Any
) -> None:
    talk = await begin(ada)
    page = listeners(talk.pk)
    await asked(ada, "How do I print?", talk)
    turn = await provider.turn()

    await turn.say("First")
    first = (await page.heard(1))[0]
    await turn.say(*(f" w{number}" for number in range(30)))
    await turn.end()
    await ended(first.completion_id)

    assert "First" in first.patch.tail
    assert len(page.frames) < 10


async def test_sequence_numbers_and_blocks_follow_without_a_gap(
    ada: User, provider: ScriptedProvider, listeners: Any
) -> None:
    talk = await begin(ada)
    page = listeners(talk.pk)
    what = await asked(ada, "How do I print?", talk)
    turn = await provider.turn()
    for number in range(8):
        await turn.say(f"Step {number} is here.\n\n")
        await page.heard(number + 1)
    await turn.end()
    reply = await ended(what.reply.pk)

    numbers = [frame.sequence for frame in page.frames]
    assert numbers == list(range(1, len(numbers) + 1))
    assert fragments.follow_on(page.frames, 0)
    assert isinstance(page.events[-1], Changed)
    assert reply.sequence > numbers[-1]


async def test_two_listeners_hear_the_same(
    ada: User, provider: ScriptedProvider, listeners: Any
) -> None:
    talk = await begin(ada)
    one, two = listeners(talk.pk), listeners(talk.pk)
    what = await asked(ada, "How do I print?", talk)
    turn = await provider.turn()
    await turn.say(WORDS * 5)
    await turn.end()
    await ended(what.reply.pk)

    assert one.events == two.events


async def test_stranger_hears_nothing(
    ada: User, eve: User, provider: ScriptedProvider, listeners: Any
) -> None:
    secret, own = await begin(ada), await begin(eve)
    eves, adas = listeners(own.pk), listeners(secret.pk)
    what = await asked(ada, "How do I print my thesis?", secret)
    turn = await provider.turn()
    await turn.say("Like this.")
    await turn.end()
    await ended(what.reply.pk)

    assert adas.frames
    assert eves.events == []


async def test_snapshot_shows_what_followed_frames_show(
    ada: User, provider: ScriptedProvider, listeners: Any
) -> None:
    talk = await begin(ada)
    page = listeners(talk.pk)
    what = await asked(ada, "How do I print?", talk)
    turn = await provider.turn()
    await turn.say("First line.\n\n", "Second **li")
    await page.heard(1)
    await until(lambda: _has(what.reply.pk, "Second **li"))

    snapshot = stream.here(what.reply.pk).snapshot()

    at = stream.anchor(snapshot.message_id)
    fresh = Blocks(at)
    fresh.write("First line.\n\nSecond **li")
    fresh.flush()
    assert snapshot.html == fresh.snapshot()
    assert page.frames[-1].sequence == snapshot.sequence
    assert page.frames[-1].patch.blocks_after == snapshot.settled_count


async def _has(completion_id: int, text: str) -> bool:
    reply = stream.here(completion_id)
    return reply is not None and reply.text.endswith(text)


async def test_stop_keeps_what_was_seen_and_hangs_up(
    ada: User, provider: ScriptedProvider, listeners: Any
) -> None:
    talk = await begin(ada)
    page = listeners(talk.pk)
    what = await asked(ada, "How do I print?", talk)
    turn = await provider.turn()
    await turn.say("Seen.")
    await page.heard(1)

    stream.stop(what.reply.pk)
    reply = await ended(what.reply.pk)

    assert (reply.status, reply.finish_reason) == (Status.STOPPED, "cancelled")
    assert reply.message.text == "Seen."
    async with asyncio.timeout(5):
        await turn.is_left.wait()


async def test_stop_before_the_task_has_begun_still_ends_the_reply(
    ada: User, provider: ScriptedProvider
) -> None:
    talk = await begin(ada)
    what = await database_sync_to_async(conversation.ask)(talk, by=ada, text="How do I print?")

    stream.start(what.reply)
    stream.stop(what.reply.pk)
    reply = await ended(what.reply.pk)

    assert reply.status == Status.STOPPED


async def test_stop_that_is_only_stored_is_read_within_a_second(
    ada: User, provider: ScriptedProvider
) -> None:
    what = await asked(ada, "How do I print?")
    turn = await provider.turn()
    await turn.say("Seen.")

    await database_sync_to_async(conversation.stop)(what.reply.conversation)
    reply = await ended(what.reply.pk)

    assert reply.status == Status.STOPPED


async def test_stopped_answer_keeps_the_sources_it_cites(
    ada: User, provider: ScriptedProvider, listeners: Any
) -> None:
    talk = await begin(ada)
    page = listeners(talk.pk)
    what = await asked(ada, "How do I print from my laptop?", talk)
    turn = await provider.turn()
    await turn.say("Open the print page [1].")
    await page.heard(1)
    stream.stop(what.reply.pk)
    reply = await ended(what.reply.pk)

    assert [row["title"] for row in reply.sources] == ["Print from your laptop"]
    assert f"#m-{reply.message_id}-s1" in html_after(page.frames)


async def test_reply_outlives_the_request_that_asked(ada: User, provider: ScriptedProvider) -> None:
    talk = await begin(ada)
    request = asyncio.create_task(asked(ada, "How do I print?", talk))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    request.cancel()
    turn = await provider.turn()
    await turn.say("Like this.")
    await turn.end()

    async def is_answered() -> bool:
        return texts(await path_of(talk)) == ["How do I print?", "Like this."]

    await until(is_answered)


async def test_provider_that_fails_before_any_text_is_stood_in_for(
    ada: User, provider: ScriptedProvider
) -> None:
    provider.refuses_with = 500

    what = await asked(ada, "How do I print?")
    reply = await ended(what.reply.pk)

    assert reply.status == Status.COMPLETE
    assert reply.provider == "knowledge"
    assert reply.message.text


async def test_provider_that_breaks_off_leaves_its_text_to_be_continued(
    ada: User, provider: ScriptedProvider
) -> None:
    what = await asked(ada, "How do I print?")
    turn = await provider.turn()
    await turn.say("First, open")
    await turn.fail()
    reply = await ended(what.reply.pk)

    assert (reply.status, reply.notice) == (Status.INTERRUPTED, "failed")
    assert reply.message.text == "First, open"

    again = await stream.after(
        lambda: conversation.carry_on(reply.conversation, reply.message_id), lambda what: what
    )
    turn = await provider.turn()
    await turn.say(" the page.")
    await turn.end()
    reply = await ended(again.pk)

    assert reply.message.text == "First, open the page."
    assert reply.status == Status.COMPLETE
    assert "First, open" in provider.prompts[-1]


async def test_answer_over_the_deadline_is_interrupted(
    ada: User, provider: ScriptedProvider, settings: Settings
) -> None:
    settings.ANSWER_DEADLINE_S = 0.3

    what = await asked(ada, "How do I print?")
    turn = await provider.turn()
    await turn.say("First, open")
    reply = await ended(what.reply.pk)

    assert reply.status == Status.INTERRUPTED
    assert reply.message.text == "First, open"


async def test_answer_cut_at_its_length_can_be_continued(
    ada: User, provider: ScriptedProvider
) -> None:
    what = await asked(ada, "How do I print?")
    turn = await provider.turn()
    await turn.say("First, open")
    await turn.end("length")
    reply = await ended(what.reply.pk)

    assert (reply.status, reply.finish_reason) == (Status.INTERRUPTED, "length")


async def test_question_that_joins_is_composed_anew_with_both(
    ada: User, provider: ScriptedProvider
) -> None:
    what = await asked(ada, "How do I print?")
    talk = what.reply.conversation
    first = await provider.turn()
    await asked(ada, "From my phone, I mean.", talk)

    await first.say("Wrong.")
    second = await provider.turn()
    await second.say("Right.")
    await second.end()
    await ended(what.reply.pk)

    assert texts(await path_of(talk)) == ["How do I print?", "From my phone, I mean.", "Right."]
    assert "How do I print?" in second.prompt
    assert "From my phone, I mean." in second.prompt


async def test_questions_that_waited_are_answered_together_once(
    ada: User, provider: ScriptedProvider, listeners: Any
) -> None:
    talk = await begin(ada)
    page = listeners(talk.pk)
    await asked(ada, "How do I print?", talk)
    first = await provider.turn()
    await first.say("Like this.")
    await page.heard(1)
    await asked(ada, "In colour?", talk)
    await asked(ada, "On both sides?", talk)
    await first.end()
    second = await provider.turn()
    await second.say("Both.")
    await second.end()

    async def is_over() -> bool:
        return not await Completion.objects.filter(status=Status.RUNNING).aexists()

    await until(is_over)
    assert texts(await path_of(talk)) == [
        "How do I print?", "Like this.", "In colour?", "On both sides?", "Both.",
    ]  # fmt: skip
    assert len(provider.prompts) == 2


async def test_hand_off_ends_the_reply_and_nobody_answers_after_it(
    ada: User, provider: ScriptedProvider, listeners: Any
) -> None:
    talk = await begin(ada)
    page = listeners(talk.pk)
    what = await asked(ada, "How do I print?", talk)
    turn = await provider.turn()
    await turn.say("Seen.")
    await page.heard(1)

    await database_sync_to_async(conversation.escalate)(talk, by=ada, reason="asked")
    stream.stop(what.reply.pk)
    await until(lambda: _is_gone(what.reply.pk))
    heard = len(page.frames)
    await asked(ada, "Hello?", talk)

    assert texts(await path_of(talk)) == ["How do I print?", "Seen."]
    assert len(page.frames) == heard
    assert not stream._running


async def _is_gone(completion_id: int) -> bool:
    return stream.here(completion_id) is None


async def test_text_is_recorded_while_it_grows(ada: User, provider: ScriptedProvider) -> None:
    what = await asked(ada, "How do I print?")
    turn = await provider.turn()
    await turn.say("So far.")

    async def is_recorded() -> bool:
        message = await Message.objects.aget(pk=what.reply.message_id)
        return message.text == "So far."

    await until(is_recorded)
    reply = await Completion.objects.aget(pk=what.reply.pk)
    assert reply.is_running
    assert reply.sequence == 1


async def test_locked_database_delays_the_end_and_loses_nothing(
    ada: User, provider: ScriptedProvider, listeners: Any
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite locks the whole database")
    talk = await begin(ada)
    page = listeners(talk.pk)
    what = await asked(ada, "How do I print?", talk)
    turn = await provider.turn()
    await turn.say("Like")
    await page.heard(1)
    release = threading.Event()
    locked = threading.Event()
    blocker = threading.Thread(target=_lock_database, args=(locked, release))
    blocker.start()
    assert locked.wait(5)

    await turn.say(" this.")
    await page.heard(2)
    await turn.end()
    await asyncio.sleep(0.5)
    still_there = stream.here(what.reply.pk) is not None
    release.set()
    reply = await ended(what.reply.pk)
    blocker.join()

    assert still_there
    assert reply.message.text == "Like this."


def _lock_database(locked: threading.Event, release: threading.Event) -> None:
    with sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        locked.set()
        release.wait(10)
        other.execute("ROLLBACK")
    other.close()


async def test_draining_lets_a_reply_end(ada: User, provider: ScriptedProvider) -> None:
    what = await asked(ada, "How do I print?")
    turn = await provider.turn()
    await turn.say("Like")

    draining = asyncio.create_task(stream.drain(5))
    await asyncio.sleep(0.05)
    await turn.say(" this.")
    await turn.end()
    await draining

    reply = await Completion.objects.select_related("message").aget(pk=what.reply.pk)
    assert stream.is_draining()
    assert (reply.status, reply.message.text) == (Status.COMPLETE, "Like this.")


async def test_draining_stores_what_the_deadline_cuts_off(
    ada: User, provider: ScriptedProvider, listeners: Any
) -> None:
    talk = await begin(ada)
    page = listeners(talk.pk)
    what = await asked(ada, "How do I print?", talk)
    turn = await provider.turn()
    await turn.say("Like")
    await page.heard(1)
    await asked(ada, "In colour?", talk)

    await stream.drain(0.1)

    reply = await Completion.objects.select_related("message").aget(pk=what.reply.pk)
    assert (reply.status, reply.message.text) == (Status.INTERRUPTED, "Like")
    assert not stream._running
    assert texts(await path_of(talk)) == ["How do I print?", "Like", "In colour?"]


async def test_reply_of_a_dead_process_is_marked_and_what_waited_is_answered(
    ada: User, provider: ScriptedProvider
) -> None:
    provider.answers = "Yes."
    talk = await database_sync_to_async(conversation_of)(ada)
    dead = (
        await database_sync_to_async(conversation.ask)(talk, by=ada, text="How do I print?")
    ).reply
    await database_sync_to_async(replies.show)(dead.pk, dead.message.parent_id)
    await database_sync_to_async(conversation.ask)(talk, by=ada, text="In colour?")
    await database_sync_to_async(silent_since)(dead, minutes=1)

    await stream.reap()

    async def is_answered() -> bool:
        return texts(await path_of(talk)) == ["How do I print?", "", "In colour?", "Yes."]

    await until(is_answered)
    await dead.arefresh_from_db()
    assert dead.status == Status.INTERRUPTED


async def test_own_reply_that_could_not_be_recorded_is_not_reaped(
    ada: User, provider: ScriptedProvider
) -> None:
    what = await asked(ada, "How do I print?")
    turn = await provider.turn()
    await database_sync_to_async(silent_since)(what.reply, owner=what.reply.owner, minutes=1)

    await stream.reap()
    await turn.say("Like this.")
    await turn.end()

    assert (await ended(what.reply.pk)).status == Status.COMPLETE


async def test_question_that_nobody_took_up_is_answered(
    ada: User, provider: ScriptedProvider
) -> None:
    provider.answers = "Like this."
    talk = await database_sync_to_async(conversation_of)(ada, "How do I print?")
    await talk.messages.aupdate(written_at=timezone.now() - timedelta(seconds=5))

    await stream.reap()

    async def is_answered() -> bool:
        return await Message.objects.filter(role=Role.ANSWER, text="Like this.").aexists()

    await until(is_answered)


async def test_page_of_a_running_answer_is_drawn_from_the_reply_itself(
    ada: User, provider: ScriptedProvider, listeners: Any
) -> None:
    talk = await begin(ada)
    heard = listeners(talk.pk)
    what = await asked(ada, "How do I print?", talk)
    turn = await provider.turn()
    await turn.say("Like **this**, but not yet stored")
    await heard.heard(1)

    view = await page.view(talk.pk)

    assert view.running is not None
    assert "<strong>this</strong>" in view.running.html
    assert view.have == page.Have(view.conversation.revision, what.reply.pk, 1)
