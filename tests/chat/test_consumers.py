"""The socket: what a page may say, what it hears, and who is refused."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.test import AsyncClient
from django.utils import timezone

from accounts import campus
from accounts.models import User
from chat import consumers, conversation, live, stream
from chat.models import Completion, Conversation, Message, Status
from helpdesk.asgi import router
from tests.chat.scripted import ScriptedProvider, asked, end_replies, ended, path_of, until
from tests.factories import conversation_of, texts

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.channel_layer]

Open = Callable[..., Any]


class Line(WebsocketCommunicator):
    """Channels' own leaves database connections open, for tests inside one transaction; these
    commit, and would run a pool dry."""

    send_input = ApplicationCommunicator.send_input
    receive_output = ApplicationCommunicator.receive_output


class Socket:
    """A page's end of the line. `oob` is the HTML it was sent, `said` the JSON."""

    def __init__(self, communicator: Line) -> None:
        self.line = communicator
        self.is_open = False
        self.code = 0
        self.taken = 0

    async def open(self) -> "Socket":
        self.is_open, code = await self.line.connect(timeout=5)
        self.code = code or 0
        return self

    async def say(self, **message: Any) -> None:
        await self.line.send_to(text_data=json.dumps(message))

    async def frame(self, timeout_s: float = 5) -> str:
        text = await self.line.receive_from(timeout_s)
        self.taken += 1
        return text

    async def html(self) -> str:
        """The next swap; answers in JSON are passed over."""
        while (text := await self.frame()).startswith("{"):
            pass
        return text

    async def json(self) -> dict[str, Any]:
        while not (text := await self.frame()).startswith("{"):
            pass
        return json.loads(text)

    async def refusal(self) -> str:
        """The words of the next notice by the composer."""
        while "content" not in (message := await self.json()):
            pass
        return message["content"]

    async def closed(self) -> int:
        """The code with which the server hangs up, whatever it says before."""
        while (output := await self.line.receive_output(30))["type"] != "websocket.close":
            pass
        return output["code"]

    async def resume(self, revision: int = -1) -> None:
        await self.say(action="resume", revision=revision, completion=0, sequence=0)
        assert "resumed" in await self.json()

    async def is_quiet(self) -> bool:
        return await self.line.receive_nothing(0.3)


@pytest_asyncio.fixture
async def socket() -> AsyncIterator[Open]:
    """Opens sockets as a signed-in person's browser does."""
    opened: list[Socket] = []

    async def open_(user: User | None, pk: Any, origin: str = "http://localhost") -> Socket:
        headers = [(b"host", b"localhost"), (b"origin", origin.encode())]
        if user:
            client = AsyncClient()
            await client.aforce_login(user)
            cookie = client.cookies[django_settings.SESSION_COOKIE_NAME].value
            headers.append((b"cookie", f"{django_settings.SESSION_COOKIE_NAME}={cookie}".encode()))
        line = Line(router, f"/ws/chat/{pk}/", headers=headers)
        opened.append(await Socket(line).open())
        return opened[-1]

    yield open_
    for page in opened:
        if not page.line.future.done():
            await page.line.disconnect(timeout=5)
    await end_replies()
    assert not live._listeners


async def talk_of(by: User, *said: str) -> Conversation:
    return await database_sync_to_async(conversation_of)(by, *said)


# --- Who may listen


async def test_own_conversation_is_opened(ada: User, socket: Open) -> None:
    page = await socket(ada, (await talk_of(ada, "How do I print?", "So.")).pk)

    assert page.is_open


async def test_strangers_conversation_is_refused_for_good(
    ada: User, eve: User, socket: Open
) -> None:
    secret = await talk_of(ada, "How do I print my thesis?", "Like this.")
    page = await socket(eve, secret.pk)

    await page.say(action="resume", revision=-1, completion=0, sequence=0)
    await page.say(action="ask", text="Let me in", client_key="k-1")

    assert await page.closed() == 4404
    assert await page.is_quiet()
    assert texts(await path_of(secret)) == ["How do I print my thesis?", "Like this."]


async def test_stranger_can_do_nothing_over_a_refused_socket(
    ada: User, eve: User, socket: Open, provider: ScriptedProvider
) -> None:
    what = await asked(ada, "How do I print my thesis?")
    turn = await provider.turn()
    page = await socket(eve, what.reply.conversation_id)

    await page.say(action="stop")
    code = await page.closed()
    await turn.say("Like this.")
    await turn.end()

    assert code == 4404
    assert (await ended(what.reply.pk)).status == Status.COMPLETE
    assert await page.is_quiet()


@pytest.mark.parametrize("is_deleted", [True, False])
async def test_conversation_that_is_not_there_is_refused(
    ada: User, socket: Open, is_deleted: bool
) -> None:
    talk = await talk_of(ada, "How do I print?", "So.")
    await database_sync_to_async(conversation.delete)(talk)
    page = await socket(ada, talk.pk if is_deleted else uuid4())

    assert await page.closed() == 4404


async def test_signed_out_browser_is_refused(ada: User, socket: Open) -> None:
    page = await socket(None, (await talk_of(ada, "How do I print?", "So.")).pk)

    assert await page.closed() == 4401


@pytest.mark.parametrize("origin", ["https://eve.example", "null", ""])
async def test_page_of_another_site_is_refused(ada: User, socket: Open, origin: str) -> None:
    page = await socket(ada, (await talk_of(ada, "How do I print?", "So.")).pk, origin)

    assert not page.is_open


async def test_unknown_address_is_refused_without_a_traceback() -> None:
    headers = [(b"host", b"localhost"), (b"origin", b"http://localhost")]
    page = await Socket(Line(router, "/ws/else/", headers=headers)).open()

    assert await page.closed() == 4404


@pytest.mark.parametrize("action", ["ask", "stop", "resume"])
async def test_ended_session_closes_the_socket_and_changes_nothing(
    ada: User, socket: Open, provider: ScriptedProvider, action: str
) -> None:
    what = await asked(ada, "How do I print?")
    turn = await provider.turn()
    page = await socket(ada, what.reply.conversation_id)
    await Session.objects.all().adelete()

    await page.say(action=action, text="More", client_key="k-1")

    assert await page.closed() == 4401
    await turn.say("So.")
    await turn.end()
    assert (await ended(what.reply.pk)).status == Status.COMPLETE
    assert texts(await path_of(what.reply.conversation)) == ["How do I print?", "So."]


async def test_expired_session_counts_as_ended(ada: User, socket: Open) -> None:
    page = await socket(ada, (await talk_of(ada, "How do I print?", "So.")).pk)
    await Session.objects.aupdate(expire_date=timezone.now())

    await page.say(action="ask", text="More", client_key="k-1")

    assert await page.closed() == 4401


async def test_person_who_was_shut_out_is_signed_out(ada: User, socket: Open) -> None:
    page = await socket(ada, (await talk_of(ada, "How do I print?", "So.")).pk)
    await User.objects.filter(pk=ada.pk).aupdate(is_active=False)

    await page.say(action="ask", text="More", client_key="k-1")

    assert await page.closed() == 4401


async def test_deleting_the_conversation_hangs_up(ada: User, socket: Open) -> None:
    talk = await talk_of(ada, "How do I print?", "So.")
    page = await socket(ada, talk.pk)
    await page.resume()
    await database_sync_to_async(conversation.delete)(talk)

    await page.say(action="ask", text="More", client_key="k-1")

    assert await page.closed() == 4404


# --- Resume


async def test_page_that_misses_nothing_gets_nothing(ada: User, socket: Open) -> None:
    talk = await talk_of(ada, "How do I print?", "So.")
    page = await socket(ada, talk.pk)

    await page.resume(revision=talk.revision)

    assert await page.is_quiet()


async def test_page_that_missed_a_change_gets_the_thread(ada: User, socket: Open) -> None:
    talk = await talk_of(ada, "How do I print?", "Like this.")
    page = await socket(ada, talk.pk)

    await page.resume(revision=-1)
    html = await page.html()

    assert 'id="thread"' in html
    assert "How do I print?" in html
    assert f'data-revision="{talk.revision}"' in html


async def test_page_that_joins_a_running_answer_gets_a_snapshot_then_what_follows(
    ada: User, socket: Open, provider: ScriptedProvider
) -> None:
    what = await asked(ada, "How do I print?")
    talk = what.reply.conversation
    turn = await provider.turn()
    await turn.say("First.\n\n", "Second")
    await until(lambda: _says(what.reply.pk, "Second"))
    await talk.arefresh_from_db()
    page = await socket(ada, talk.pk)

    await page.resume(revision=talk.revision)
    snapshot = await page.html()
    await turn.say(" and third.")
    step = await page.html()
    await turn.end()
    over = await page.html()

    assert "First." in snapshot
    assert "Second" in snapshot
    assert 'id="thread"' not in snapshot
    assert "First." not in step
    assert "Second and third." in step
    assert 'id="thread"' in over
    assert over.count("Second and third.") == 1


async def _says(completion_id: int, text: str) -> bool:
    reply = stream.here(completion_id)
    return reply is not None and reply.shown.endswith(text)


async def test_page_that_resumes_twice_gets_text_twice_but_never_half(
    ada: User, socket: Open, provider: ScriptedProvider
) -> None:
    what = await asked(ada, "How do I print?")
    talk = what.reply.conversation
    turn = await provider.turn()
    await turn.say("One.\n\nTwo.\n\nThree")
    await until(lambda: _says(what.reply.pk, "Three"))
    page = await socket(ada, talk.pk)

    await page.resume()
    first = await page.html()
    await page.resume()
    second = await page.html()

    for html in (first, second):
        assert html.count("One.") <= 1
    assert "Three" in second


async def test_fragments_carry_the_campus(ada: User, socket: Open) -> None:
    talk = await talk_of(ada, "Write my essay", "That’s coursework.")
    await Completion.objects.aupdate(notice="coursework")
    page = await socket(ada, talk.pk)

    await page.resume()
    html = await page.html()

    assert campus.load().tutoring.email in html


# --- Asking and stopping


async def test_question_over_the_socket_is_acknowledged_and_answered(
    ada: User, socket: Open, provider: ScriptedProvider
) -> None:
    provider.answers = "Like this."
    talk = await talk_of(ada)
    page = await socket(ada, talk.pk)
    await page.resume()

    await page.say(action="ask", text="How do I print?", client_key="k-1")
    said = await page.json()

    async def is_answered() -> bool:
        return texts(await path_of(talk)) == ["How do I print?", "Like this."]

    assert said == {"sent": "k-1"}
    await until(is_answered)


async def test_question_sent_again_after_a_lost_line_is_stored_once(
    ada: User, socket: Open, provider: ScriptedProvider
) -> None:
    provider.answers = "Like this."
    talk = await talk_of(ada)
    for _ in range(2):
        page = await socket(ada, talk.pk)
        await page.say(action="ask", text="How do I print?", client_key="k-1")
        assert await page.json() == {"sent": "k-1"}

    assert await Message.objects.filter(text="How do I print?").acount() == 1


async def test_reply_outlives_the_socket_that_asked(
    ada: User, socket: Open, provider: ScriptedProvider
) -> None:
    talk = await talk_of(ada)
    page = await socket(ada, talk.pk)
    await page.say(action="ask", text="How do I print?", client_key="k-1")
    turn = await provider.turn()
    await page.line.disconnect()

    await turn.say("Like this.")
    await turn.end()

    async def is_answered() -> bool:
        return texts(await path_of(talk)) == ["How do I print?", "Like this."]

    await until(is_answered)


async def test_two_pages_see_the_same_answer(
    ada: User, socket: Open, provider: ScriptedProvider
) -> None:
    talk = await talk_of(ada)
    one, two = await socket(ada, talk.pk), await socket(ada, talk.pk)
    for page in (one, two):
        await page.resume(revision=talk.revision)
    await one.say(action="ask", text="How do I print?", client_key="k-1")
    turn = await provider.turn()
    await turn.say("Like this.")
    await turn.end()

    for page in (one, two):
        while 'data-status="complete"' not in (html := await page.html()):
            pass
        assert html.count("Like this.") == 1


async def test_stop_is_heard_while_the_answer_is_written(
    ada: User, socket: Open, provider: ScriptedProvider
) -> None:
    what = await asked(ada, "How do I print?")
    turn = await provider.turn()
    await turn.say("Seen.")
    page = await socket(ada, what.reply.conversation_id)
    await page.resume()
    await page.html()

    await page.say(action="stop")

    reply = await ended(what.reply.pk)
    assert (reply.status, reply.message.text) == (Status.STOPPED, "Seen.")


@pytest.mark.parametrize(
    ("text", "words"), [("  ", "nothing to send"), ("x" * 4001, "4,001 characters")]
)
async def test_refused_question_is_given_back_by_its_key(
    ada: User, socket: Open, text: str, words: str
) -> None:
    talk = await talk_of(ada)
    page = await socket(ada, talk.pk)

    await page.say(action="ask", text=text, client_key="k-1")
    message = await page.json()

    assert message["refused"] == "k-1"
    assert words in message["content"]
    assert not await Message.objects.aexists()


async def test_question_while_restarting_closes_so_that_the_page_comes_back(
    ada: User, socket: Open
) -> None:
    talk = await talk_of(ada)
    page = await socket(ada, talk.pk)
    await stream.drain(0)

    await page.say(action="ask", text="How do I print?", client_key="k-1")

    assert await page.closed() == 4412
    assert not await Message.objects.aexists()


# --- Bad frames


@pytest.mark.parametrize(
    "frame",
    [
        " ",
        "{",
        "[]",
        "[1, 2]",
        '"ask"',
        "null",
        "{}",
        '{"action": 7}',
        '{"action": "delete_everything"}',
        '{"action": ["ask"]}',
        '{"action": "ask", "text": ["a"], "client_key": "k"}',
        '{"action": "ask", "text": "a", "client_key": "<script>"}',
        '{"action": "ask", "text": "a", "client_key": "' + "k" * 65 + '"}',
        '{"action": "ack"}',
        '{"action": "ack", "frames": -1}',
        '{"action": "ack", "frames": 1e999}',
        '{"action": "resume", "revision": "x"}',
        '{"action": "ack", "frames": ' + "9" * 5000 + "}",
        "[" * 50_000,
        '{"action": "ask", "text": "' + "a" * 70_000 + '"}',
    ],
)
async def test_bad_frame_gets_words_and_the_line_stays_open(
    ada: User, socket: Open, frame: str
) -> None:
    talk = await talk_of(ada)
    page = await socket(ada, talk.pk)

    await page.line.send_to(text_data=frame)
    words = await page.refusal()
    await page.say(action="ask", text="How do I print?", client_key="k-1")

    assert 'role="alert"' in words
    assert await page.json() == {"sent": "k-1"}


async def test_binary_frame_gets_words(ada: User, socket: Open) -> None:
    page = await socket(ada, (await talk_of(ada)).pk)

    await page.line.send_to(bytes_data=b"\x00\xff")

    assert "a file where a message belongs" in await page.refusal()


async def test_half_characters_in_a_question_are_replaced(
    ada: User, socket: Open, provider: ScriptedProvider
) -> None:
    provider.answers = "So."
    talk = await talk_of(ada)
    page = await socket(ada, talk.pk)

    frame = '{"action": "ask", "text": "How \\ud83d \\u0000?", "client_key": "k-1"}'
    await page.line.send_to(text_data=frame)

    assert await page.json() == {"sent": "k-1"}
    assert texts(await path_of(talk))[0] == "How \ufffd ?"


async def test_flooding_page_is_told_and_closed(ada: User, socket: Open) -> None:
    page = await socket(ada, (await talk_of(ada)).pk)

    for _ in range(consumers.FRAMES_PER_10_S + 20):
        await page.say(action="ack", frames=0)
    words = await page.refusal()

    assert "Too many messages" in words
    assert await page.closed() == 4429
    assert await page.is_quiet()


# --- Slow pages


async def test_page_that_does_not_drain_holds_little_and_is_closed(
    ada: User, socket: Open, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "HELD_BYTES", 4096)
    monkeypatch.setattr(consumers, "DRAINS_WITHIN_S", 0.4)
    what = await asked(ada, "How do I print?")
    turn = await provider.turn()
    page = await socket(ada, what.reply.conversation_id)
    await page.resume()
    for number in range(40):
        await turn.say(f"Paragraph {number}, " + "word " * 60 + "\n\n")
        await asyncio.sleep(0.01)

    held = 0
    while (output := await page.line.receive_output(5))["type"] != "websocket.close":
        held += len(output["text"])
    await turn.end()

    assert output["code"] == 4413
    assert held < 40 * 300
    assert (await ended(what.reply.pk)).status == Status.COMPLETE


async def test_page_that_is_slow_and_drains_gets_merged_steps_and_the_same_text(
    ada: User, socket: Open, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "HELD_BYTES", 2048)
    what = await asked(ada, "How do I print?")
    turn = await provider.turn()
    page = await socket(ada, what.reply.conversation_id)
    await page.resume()
    for number in range(12):
        await turn.say(f"Paragraph {number} {'word ' * 30}\n\n")
        await asyncio.sleep(0.06)
    await turn.end()
    await ended(what.reply.pk)

    shown, frames = "", 1
    while 'data-status="complete"' not in shown:
        await page.say(action="ack", frames=page.taken)
        shown = await page.html()
        frames += 1

    assert frames < 12
    assert [f"Paragraph {number} " in shown for number in range(12)] == [True] * 12


async def test_page_that_claims_frames_it_never_got_is_told(ada: User, socket: Open) -> None:
    page = await socket(ada, (await talk_of(ada)).pk)

    await page.say(action="ack", frames=10_000)

    assert "unreadable" in await page.refusal()


async def test_lost_frame_brings_a_snapshot_instead_of_a_hole(
    ada: User, socket: Open, provider: ScriptedProvider
) -> None:
    what = await asked(ada, "How do I print?")
    turn = await provider.turn()
    page = await socket(ada, what.reply.conversation_id)
    await page.resume()
    await page.html()
    listener = next(iter(live._listeners[what.reply.conversation_id]))
    live.leave(what.reply.conversation_id, listener)
    await turn.say("One.\n\nTwo.\n\nThree.\n\n")
    await until(lambda: _says(what.reply.pk, "Three.\n\n"))
    live.join(what.reply.conversation_id, listener)

    await turn.say("Four.\n\nFive.")
    html = await page.html()

    for word in ("One.", "Two.", "Three.", "Four.", "Five."):
        assert html.count(word) == 1


async def test_socket_that_the_server_kills_leaves_no_listener_behind(
    ada: User, socket: Open
) -> None:
    talk = await talk_of(ada)
    page = await socket(ada, talk.pk)
    await page.resume()
    before = set(live._listeners)

    page.line.future.cancel()
    await asyncio.wait([page.line.future])

    assert before == {talk.pk}
    assert not live._listeners


async def test_every_code_of_ours_is_one_that_a_socket_may_be_closed_with() -> None:
    for code in (
        consumers.SIGNED_OUT,
        consumers.NOT_YOURS,
        consumers.TOO_MANY_FRAMES,
        consumers.RESTARTING,
        consumers.TRY_AGAIN,
    ):
        assert 4000 <= code <= 4999
