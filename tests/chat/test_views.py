"""Every page and every action, as a plain form and as htmx; Eve fails on each."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import pytest
from channels.db import database_sync_to_async
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from chat import conversation
from chat.models import Completion, Conversation, Draft, Feedback, Message, Role, Status
from tests.chat.scripted import ScriptedProvider, asked, ended, path_of, until
from tests.factories import conversation_of, long_conversation, source, texts
from tickets.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)

ClientOf = Callable[[User], Client]
AsyncClientOf = Callable[[User], AsyncClient]
HTMX = {"headers": {"HX-Request": "true"}}
SECRET = "How do I print my secret thesis?"
OF_A_CONVERSATION = {
    "ask": {"text": "Let me in"},
    "stop": {},
    "draft": {"text": "Let me in"},
    "escalate": {},
    "take_back": {},
    "rename": {"title": "Mine"},
    "archive": {},
    "unarchive": {},
    "delete": {},
    "restore": {},
}
OF_A_MESSAGE = {
    "regenerate": {},
    "continue": {},
    "edit": {"text": "Let me in"},
    "choose": {},
    "rate": {"verdict": "up"},
}
NEW = ["ask_new", "draft_new", "escalate_new"]
PAGES = ["conversation", "updates", "export_markdown", "export_json"]


class Document(HTMLParser):
    """What a browser would run or fetch: tags with their attributes, and the words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words += data


def body(response: HttpResponse) -> str:
    return response.content.decode()


def address(name: str, *args: Any) -> str:
    return reverse(f"chat:{name}", args=args)


async def talk_of(by: User, *said: str) -> Conversation:
    return await database_sync_to_async(conversation_of)(by, *said)


# --- Strangers and methods


@pytest.mark.parametrize("name", OF_A_CONVERSATION)
async def test_eve_cannot_act_on_adas_conversation(
    ada: User, eve: User, async_client_of: AsyncClientOf, name: str
) -> None:
    talk = await talk_of(ada, SECRET, "Like this.")
    before = await Conversation.objects.values().aget()
    client = await database_sync_to_async(async_client_of)(eve)

    response = await client.post(address(name, talk.pk), OF_A_CONVERSATION[name])

    assert response.status_code == 404
    assert SECRET not in body(response)
    assert await Conversation.objects.values().aget() == before
    assert not await Draft.objects.aexists()
    assert not await Ticket.objects.aexists()
    assert await Message.objects.acount() == 2


@pytest.mark.parametrize("name", OF_A_MESSAGE)
async def test_eve_cannot_act_on_adas_messages(
    ada: User, eve: User, async_client_of: AsyncClientOf, name: str
) -> None:
    talk, own = await talk_of(ada, SECRET, "Like this."), await talk_of(eve, "Hello", "Hi.")
    client = await database_sync_to_async(async_client_of)(eve)

    directly = await client.post(address(name, talk.pk, talk.leaf_id), OF_A_MESSAGE[name])
    by_her_own = await client.post(address(name, own.pk, talk.leaf_id), OF_A_MESSAGE[name])

    assert (directly.status_code, by_her_own.status_code) == (404, 404)
    assert await Message.objects.acount() == 4
    assert not await Feedback.objects.aexists()


@pytest.mark.parametrize("name", PAGES)
async def test_eve_cannot_read_adas_conversation(
    ada: User, eve: User, async_client_of: AsyncClientOf, name: str
) -> None:
    talk = await talk_of(ada, SECRET, "Like this.")
    client = await database_sync_to_async(async_client_of)(eve)

    response = await client.get(address(name, talk.pk))

    assert response.status_code == 404
    assert SECRET not in body(response)


async def test_eve_cannot_read_adas_messages_one_by_one(
    ada: User, eve: User, async_client_of: AsyncClientOf
) -> None:
    talk, own = await talk_of(ada, SECRET, "Like this."), await talk_of(eve, "Hello", "Hi.")
    client = await database_sync_to_async(async_client_of)(eve)
    question = (await path_of(talk))[0]

    for pk in (talk.pk, own.pk):
        for url in (
            address("edit", pk, question.pk),
            address("why", pk, talk.leaf_id),
            f"{address('earlier', pk)}?before={talk.leaf_id}",
        ):
            response = await client.get(url)
            assert response.status_code == 404
            assert SECRET not in body(response)


@pytest.mark.parametrize("name", [*OF_A_CONVERSATION, *OF_A_MESSAGE, *NEW])
@pytest.mark.parametrize("method", ["get", "head", "put"])
async def test_actions_are_posted(
    ada: User, async_client_of: AsyncClientOf, name: str, method: str
) -> None:
    talk = await talk_of(ada, SECRET, "Like this.")
    client = await database_sync_to_async(async_client_of)(ada)
    args = [talk.pk] if name in OF_A_CONVERSATION else [talk.pk, talk.leaf_id]
    url = address(name, *([] if name.endswith("_new") else args))

    response = await getattr(client, method)(url)

    is_a_form_too = name == "edit" and method != "put"
    assert response.status_code == (404 if is_a_form_too else 405)


@pytest.mark.parametrize("name", ["new", "history", *PAGES])
async def test_pages_answer_head_and_refuse_post(
    ada: User, async_client_of: AsyncClientOf, name: str
) -> None:
    talk = await talk_of(ada, SECRET, "Like this.")
    client = await database_sync_to_async(async_client_of)(ada)
    url = address(name, *([] if name in {"new", "history"} else [talk.pk]))

    assert (await client.head(url)).status_code == 200
    assert (await client.post(url)).status_code == 405


@pytest.mark.parametrize("name", ["new", "history"])
async def test_signed_out_browser_is_led_to_sign_in(async_client: AsyncClient, name: str) -> None:
    response = await async_client.get(address(name))

    assert response.status_code == 302
    assert response.url.startswith(reverse("accounts:sign_in"))


async def test_signed_out_action_is_led_to_sign_in_and_changes_nothing(
    ada: User, async_client: AsyncClient
) -> None:
    talk = await talk_of(ada, SECRET, "Like this.")

    plain = await async_client.post(address("ask", talk.pk), {"text": "Let me in"})
    swapped = await async_client.post(address("ask", talk.pk), {"text": "Let me in"}, **HTMX)

    assert plain.status_code == 401
    assert "HX-Redirect" in swapped.headers
    assert SECRET not in body(swapped)
    assert await Message.objects.acount() == 2


def test_forms_without_their_token_are_refused(ada: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)

    assert client.post(address("ask_new"), {"text": "How do I print?"}).status_code == 403
    assert not Message.objects.exists()


# --- Asking


async def test_first_question_as_a_form_leads_to_its_page(
    ada: User, async_client_of: AsyncClientOf, provider: ScriptedProvider
) -> None:
    provider.answers = "Like **this**."
    client = await database_sync_to_async(async_client_of)(ada)

    response = await client.post(address("ask_new"), {"text": "How do I print?"})
    talk = await Conversation.objects.aget()
    reply = await Completion.objects.aget()
    await ended(reply.pk)
    shown = await client.get(response.url)

    assert (response.status_code, response.url) == (302, talk.get_absolute_url())
    assert "How do I print?" in body(shown)
    assert "<strong>this</strong>" in body(shown)


async def test_page_refreshes_itself_without_javascript_until_the_answer_is_complete(
    ada: User, async_client_of: AsyncClientOf, provider: ScriptedProvider
) -> None:
    client = await database_sync_to_async(async_client_of)(ada)
    what = await asked(ada, "How do I print?")
    url = address("conversation", what.reply.conversation_id)
    turn = await provider.turn()

    waiting = await client.get(url)
    await turn.say("Like this.")
    await turn.end()
    await ended(what.reply.pk)
    over = await client.get(url)

    assert '<noscript><meta http-equiv="refresh"' in body(waiting)
    assert "refresh" not in body(over)


async def test_question_as_a_form_and_as_a_swap(
    ada: User, async_client_of: AsyncClientOf, provider: ScriptedProvider
) -> None:
    provider.answers = "Like this."
    client = await database_sync_to_async(async_client_of)(ada)
    talk = await talk_of(ada)

    form = await client.post(address("ask", talk.pk), {"text": "How do I print?"})
    await until(lambda: _is_quiet())
    swap = await client.post(address("ask", talk.pk), {"text": "In colour?"}, **HTMX)
    await until(lambda: _is_quiet())

    assert (form.status_code, form.url) == (302, f"{talk.get_absolute_url()}#latest")
    assert swap.status_code == 200
    assert "In colour?" in body(swap)
    assert "<html" not in body(swap)


async def _is_quiet() -> bool:
    return not await Completion.objects.filter(status=Status.RUNNING).aexists()


@pytest.mark.parametrize(
    ("text", "words"),
    [("   ", "nothing to send"), ("x" * 4001, "4,001 characters"), ("\x00", "nothing to send")],
)
async def test_refused_question_keeps_its_text_in_the_form(
    ada: User, async_client_of: AsyncClientOf, text: str, words: str
) -> None:
    client = await database_sync_to_async(async_client_of)(ada)
    talk = await talk_of(ada, "How do I print?", "So.")

    for url in (address("ask_new"), address("ask", talk.pk)):
        form = await client.post(url, {"text": text})
        assert form.status_code == 422
        assert words in body(form)
        assert text.strip("\x00 ") in body(form)
    swap = await client.post(address("ask", talk.pk), {"text": text}, **HTMX)

    assert swap.status_code == 422
    assert words in body(swap)
    assert await Message.objects.acount() == 2


async def test_a_person_is_reached_without_a_word_by_the_form(
    ada: User, async_client_of: AsyncClientOf
) -> None:
    client = await database_sync_to_async(async_client_of)(ada)

    response = await client.post(address("escalate_new"), {"text": "  "})

    assert (response.status_code, response["Location"]) == (302, reverse("tickets:new"))


async def test_device_of_a_question_is_remembered(
    ada: User, async_client_of: AsyncClientOf
) -> None:
    client = await database_sync_to_async(async_client_of)(ada)

    await client.post(
        address("ask_new"), {"text": "How do I print?"}, headers={"User-Agent": "iPhone OS 18"}
    )

    question = await Message.objects.filter(role="question").afirst()
    assert question is not None
    assert question.system == "ios"


async def test_refused_key_keeps_the_text_in_the_form(
    ada: User, async_client_of: AsyncClientOf
) -> None:
    client = await database_sync_to_async(async_client_of)(ada)

    response = await client.post(
        address("ask_new"), {"text": "How do I print?", "client_key": "<b>"}
    )

    assert response.status_code == 422
    assert ">How do I print?</textarea>" in body(response)


async def test_double_click_on_send_asks_once(
    ada: User, async_client_of: AsyncClientOf, provider: ScriptedProvider
) -> None:
    provider.answers = "Like this."
    client = await database_sync_to_async(async_client_of)(ada)
    question = {"text": "How do I print?", "client_key": "k-1"}

    first = await client.post(address("ask_new"), question)
    second = await client.post(address("ask_new"), question)

    assert first.url == second.url
    assert await Conversation.objects.acount() == 1


# --- What one does with answers


async def test_stop_as_a_form_keeps_what_was_seen(
    ada: User, async_client_of: AsyncClientOf, provider: ScriptedProvider
) -> None:
    client = await database_sync_to_async(async_client_of)(ada)
    what = await asked(ada, "How do I print?")
    turn = await provider.turn()
    await turn.say("Seen.")
    await until(lambda: _has_shown(what.reply.pk))

    response = await client.post(address("stop", what.reply.conversation_id))
    reply = await ended(what.reply.pk)

    assert response.status_code == 302
    assert (reply.status, reply.message.text) == (Status.STOPPED, "Seen.")


async def _has_shown(completion_id: int) -> bool:
    return await Completion.objects.filter(pk=completion_id, first_delta_at__isnull=False).aexists()


async def test_answer_again_pager_and_choice(
    ada: User, async_client_of: AsyncClientOf, provider: ScriptedProvider
) -> None:
    provider.answers = "Or so."
    client = await database_sync_to_async(async_client_of)(ada)
    talk = await talk_of(ada, "How do I print?", "Like this.")
    old = talk.leaf_id

    await client.post(address("regenerate", talk.pk, old))
    await until(lambda: _is_quiet())
    second = await client.get(talk.get_absolute_url())
    await client.post(address("choose", talk.pk, old))
    first = await client.get(talk.get_absolute_url())

    assert "2 of 2" in body(second)
    assert "Or so." in body(second)
    assert "1 of 2" in body(first)
    assert "Or so." not in body(first)


async def test_edit_form_and_edited_question(
    ada: User, async_client_of: AsyncClientOf, provider: ScriptedProvider
) -> None:
    provider.answers = "Both."
    client = await database_sync_to_async(async_client_of)(ada)
    talk = await talk_of(ada, "Can I print in colour?", "Yes.")
    question = (await path_of(talk))[0]

    form = await client.get(address("edit", talk.pk, question.pk))
    fragment = await client.get(address("edit", talk.pk, question.pk), **HTMX)
    response = await client.post(address("edit", talk.pk, question.pk), {"text": "How do I print?"})
    await until(lambda: _is_quiet())

    assert ">Can I print in colour?</textarea>" in body(form)
    assert "<html" not in body(fragment)
    assert response.status_code == 302
    assert texts(await path_of(talk)) == ["How do I print?", "Both."]


async def test_change_while_an_answer_is_written_is_refused_in_words(
    ada: User, async_client_of: AsyncClientOf, provider: ScriptedProvider
) -> None:
    client = await database_sync_to_async(async_client_of)(ada)
    talk = await talk_of(ada, "How do I print?", "So.")
    answer = talk.leaf_id
    await asked(ada, "And?", talk)
    await provider.turn()

    response = await client.post(address("regenerate", talk.pk, answer))

    assert response.status_code == 422
    assert "still being written" in body(response)


async def test_interrupted_answer_offers_to_continue_and_does(
    ada: User, async_client_of: AsyncClientOf, provider: ScriptedProvider
) -> None:
    provider.answers = " the page."
    client = await database_sync_to_async(async_client_of)(ada)
    talk = await talk_of(ada, "How do I print?", "First, open")
    await Completion.objects.aupdate(status=Status.INTERRUPTED)

    page = await client.get(talk.get_absolute_url())
    await client.post(address("continue", talk.pk, talk.leaf_id))
    await until(lambda: _is_quiet())

    assert address("continue", talk.pk, talk.leaf_id) in body(page)
    assert texts(await path_of(talk)) == ["How do I print?", "First, open the page."]


async def test_rating_with_and_without_javascript(
    ada: User, async_client_of: AsyncClientOf
) -> None:
    client = await database_sync_to_async(async_client_of)(ada)
    talk = await talk_of(ada, "How do I print?", "So.")
    url = address("rate", talk.pk, talk.leaf_id)

    why = await client.get(address("why", talk.pk, talk.leaf_id))
    form = await client.post(url, {"verdict": "down", "reason": "outdated", "note": "since May"})
    stored = await Feedback.objects.values("is_helpful", "reason", "note").aget()
    swap = await client.post(url, {"verdict": "up"}, **HTMX)
    bad = await client.post(url, {"verdict": "sideways"})

    assert 'value="outdated"' in body(why)
    assert (form.status_code, form.url) == (
        302, f"{talk.get_absolute_url()}#m-{talk.leaf_id}"
    )  # fmt: skip
    assert stored == {"is_helpful": False, "reason": "outdated", "note": "since May"}
    assert "Thank you." in body(swap)
    assert bad.status_code == 422
    assert (await Feedback.objects.aget()).is_helpful


# --- A person


async def test_hand_off_is_said_on_the_page_and_taken_back(
    ada: User, async_client_of: AsyncClientOf, provider: ScriptedProvider
) -> None:
    client = await database_sync_to_async(async_client_of)(ada)
    talk = await talk_of(ada, "How do I print?", "So.")

    handed = await client.post(address("escalate", talk.pk))
    told = await client.post(address("ask", talk.pk), {"text": "It still fails"})
    page = await client.get(talk.get_absolute_url())
    back = await client.post(address("take_back", talk.pk), **HTMX)

    ticket = await Ticket.objects.aget()
    assert {handed.status_code, told.status_code} == {302}
    assert "stays quiet" in body(page)
    assert "It still fails" in body(page)
    assert reverse("tickets:detail", args=[ticket.number]) in body(page)
    assert "stays quiet" not in body(back)
    assert provider.prompts == []


async def test_person_can_be_asked_first(ada: User, async_client_of: AsyncClientOf) -> None:
    client = await database_sync_to_async(async_client_of)(ada)

    response = await client.post(address("escalate_new"), {"text": "My laptop burns"})

    talk = await Conversation.objects.aget()
    assert response.url == talk.get_absolute_url()
    assert "My laptop burns" in (await Ticket.objects.aget()).description


# --- Keeping house


def test_draft_comes_back_with_the_page(ada: User, client_of: ClientOf) -> None:
    client, talk = client_of(ada), conversation_of(ada, "How do I print?", "So.")

    client.post(address("draft_new"), {"text": "half a new one"})
    client.post(address("draft", talk.pk), {"text": "half a next one"})

    assert ">half a new one</textarea>" in body(client.get(address("new")))
    assert ">half a next one</textarea>" in body(client.get(talk.get_absolute_url()))


def test_rename_archive_and_back(ada: User, client_of: ClientOf) -> None:
    client, talk = client_of(ada), conversation_of(ada, "How do I print?", "So.")

    client.post(address("rename", talk.pk), {"title": "My thesis"})
    client.post(address("archive", talk.pk))
    listed = body(client.get(address("history")))
    archived = body(client.get(address("history") + "?archived=1"))
    back = client.post(address("unarchive", talk.pk))

    assert f'href="{talk.get_absolute_url()}"' not in listed
    assert "My thesis" in archived
    assert back.url == talk.get_absolute_url()
    assert "My thesis" in body(client.get(address("history")))


async def test_deleted_conversation_can_be_brought_back_at_once(
    ada: User, eve: User, async_client_of: AsyncClientOf
) -> None:
    client = await database_sync_to_async(async_client_of)(ada)
    stranger = await database_sync_to_async(async_client_of)(eve)
    talk = await talk_of(ada, SECRET, "So.")

    deleted = await client.post(address("delete", talk.pk))
    listed = await client.get(deleted.url)
    gone = await client.get(talk.get_absolute_url())
    by_eve = await stranger.post(address("restore", talk.pk))
    await client.post(address("restore", talk.pk))
    back = await client.get(talk.get_absolute_url())

    assert address("restore", talk.pk) in body(listed)
    assert (gone.status_code, by_eve.status_code, back.status_code) == (404, 404, 200)


def test_markdown_export_is_the_current_path(ada: User, client_of: ClientOf) -> None:
    talk = conversation_of(ada, "How do I print?", "Not shown any more.")
    reply = conversation.regenerate(talk, talk.leaf_id)
    Completion.objects.filter(pk=reply.pk).update(status=Status.COMPLETE, sources=[source(1)])
    Message.objects.filter(pk=reply.message_id).update(text="Like this [1].")

    response = client_of(ada).get(address("export_markdown", talk.pk))

    assert response.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert response.headers["Content-Disposition"].startswith("attachment; ")
    assert "Like this [1]." in body(response)
    assert "[1] Reset your password" in body(response)
    assert "Not shown any more." not in body(response)


def test_json_export_is_the_whole_tree(ada: User, client_of: ClientOf) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this.")
    first = talk.leaf
    conversation.rate(talk, first.pk, by=ada, is_helpful=True, reason="", note="")
    reply = conversation.regenerate(talk, first.pk)

    tree = json.loads(body(client_of(ada).get(address("export_json", talk.pk))))

    assert tree["leaf"] == reply.message_id
    assert [(m["parent"], m["role"], m["status"]) for m in tree["messages"]] == [
        (None, "question", None),
        (first.parent_id, "answer", "complete"),
        (first.parent_id, "answer", "running"),
    ]
    assert tree["messages"][1]["rating"]["helped"] is True


# --- Long conversations


def test_long_conversation_shows_fifty_and_loads_earlier(ada: User, client_of: ClientOf) -> None:
    talk, client = long_conversation(ada, 120), client_of(ada)

    newest = body(client.get(talk.get_absolute_url()))
    before = re.search(r"before=(\d+)", newest)
    assert before
    url = f"{address('earlier', talk.pk)}?before={before[1]}"
    swap, page = body(client.get(url, **HTMX)), body(client.get(url))

    assert _numbers(newest) == list(range(71, 121))
    assert _numbers(swap) == list(range(21, 71))
    assert _numbers(page) == list(range(21, 71))
    assert "<html" not in swap


def _numbers(html: str) -> list[int]:
    """The texts of the messages, each a number, in their order."""
    return [int(text) for text in re.findall(r"<p>(\d+)</p>", html)]


@pytest.mark.parametrize("before", ["", "x", "-1", "0", "9" * 30, "9" * 5000, "1e3", "٣"])
def test_nonsense_before_which_to_load_is_not_found(
    ada: User, client_of: ClientOf, before: str
) -> None:
    talk = conversation_of(ada, "How do I print?", "So.")

    response = client_of(ada).get(address("earlier", talk.pk), {"before": before})

    assert response.status_code == 404


@pytest.mark.parametrize("message_id", ["9" * 30, "9" * 400])
def test_message_number_beyond_every_table_is_not_found(
    ada: User, client_of: ClientOf, message_id: str
) -> None:
    talk = conversation_of(ada, "How do I print?", "So.")

    response = client_of(ada).get(f"/c/{talk.pk}/m/{message_id}/why/")

    assert response.status_code == 404


@pytest.mark.postgres
def test_page_takes_as_many_queries_for_five_messages_as_for_fifty(
    ada: User, client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    talk, client = long_conversation(ada, 50), client_of(ada)
    Completion.objects.update(sources=[source()])

    with django_assert_max_num_queries(14):
        client.get(talk.get_absolute_url())


# --- Catching up without a socket


async def test_page_without_a_socket_gets_only_what_it_misses(
    ada: User, async_client_of: AsyncClientOf, provider: ScriptedProvider
) -> None:
    client = await database_sync_to_async(async_client_of)(ada)
    what = await asked(ada, "How do I print?")
    talk = what.reply.conversation
    turn = await provider.turn()
    await turn.say("Half")
    await until(lambda: _has_shown(what.reply.pk))
    await talk.arefresh_from_db()
    have = {"revision": talk.revision, "completion": what.reply.pk, "sequence": 0}

    grown = await client.get(address("updates", talk.pk), have)
    sequence = re.search(r'data-sequence="([1-9]\d*)"', body(grown))
    assert sequence
    same = await client.get(address("updates", talk.pk), {**have, "sequence": sequence[1]})
    await turn.end()
    await ended(what.reply.pk)
    moved = await client.get(address("updates", talk.pk), have)

    assert "Half" in body(grown)
    assert 'id="thread"' not in body(grown)
    assert same.status_code == 204
    assert 'id="thread"' in body(moved)


@pytest.mark.parametrize("query", ["revision=x", "sequence=-5", "completion=" + "9" * 5000])
def test_nonsense_that_a_page_claims_to_have_brings_the_whole_thread(
    ada: User, client_of: ClientOf, query: str
) -> None:
    talk = conversation_of(ada, "How do I print?", "So.")

    response = client_of(ada).get(f"{address('updates', talk.pk)}?{query}")

    assert response.status_code == 200
    assert 'id="thread"' in body(response)


# --- Nothing runs that we did not write

HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(2)> "
    "[click](javascript:alert(3)) ![pixel](https://eve.example/p.png) "
    "<svg onload=alert(4)> [a]: javascript:alert(5) <https://ok.example/> "
    "\"><iframe src=//eve.example></iframe> {{ campus }} {% now 'Y' %}"
)


async def test_hostile_question_and_answer_are_inert(
    ada: User, async_client_of: AsyncClientOf, provider: ScriptedProvider
) -> None:
    provider.answers = HOSTILE
    client = await database_sync_to_async(async_client_of)(ada)
    talk = await talk_of(ada, "How do I print?", "So.")
    what = await asked(ada, HOSTILE, talk)
    reply = await ended(what.reply.pk)
    await database_sync_to_async(conversation.rename)(talk, HOSTILE)
    await database_sync_to_async(conversation.save_draft)(by=ada, conversation=talk, text=HOSTILE)

    for url in (
        talk.get_absolute_url(),
        address("updates", talk.pk),
        address("history"),
        address("history") + "?q=%3Cscript%3E",
    ):
        page = Document(body(await client.get(url)))
        assert_nothing_hostile(page)
    assert reply.message.text == HOSTILE


def assert_nothing_hostile(page: Document) -> None:
    for tag, attributes in page.tags:
        assert tag not in {"iframe", "object", "embed", "base"}
        assert not [name for name in attributes if name.startswith("on")]
        assert "style" not in attributes
        if tag == "script":
            assert attributes["src"].startswith("/static/")
        if tag == "img":
            assert attributes["src"].startswith(("/static/", "data:"))
        for name in ("href", "src", "action", "formaction"):
            assert not attributes.get(name, "").strip().lower().startswith("javascript")


async def test_every_page_is_free_of_inline_code_and_may_not_be_framed(
    ada: User, async_client_of: AsyncClientOf
) -> None:
    client = await database_sync_to_async(async_client_of)(ada)
    talk = await talk_of(ada, "How do I print?", "So.")
    question = (await path_of(talk))[0]

    for url in (
        address("new"),
        address("history"),
        talk.get_absolute_url(),
        address("edit", talk.pk, question.pk),
        address("why", talk.pk, talk.leaf_id),
    ):
        response = await client.get(url)
        page = Document(body(response))
        assert response.status_code == 200
        assert_nothing_hostile(page)
        assert "style" not in {tag for tag, _attributes in page.tags}
        assert response.headers["X-Frame-Options"] == "DENY"
        policy = response.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "no-store" in response.headers.get("Cache-Control", "")


# --- History


def test_history_groups_by_day_and_search_finds_own_conversations_only(
    ada: User, eve: User, client_of: ClientOf
) -> None:
    old = conversation_of(ada, "Printing in the library", "Like this.")
    Conversation.objects.filter(pk=old.pk).update(active_at=timezone.now() - timedelta(days=400))
    conversation_of(ada, "Wifi", "Choose eduroam.")
    conversation_of(eve, SECRET, "In the library.")
    client = client_of(ada)

    everything = body(client.get(address("history")))
    found = body(client.get(address("history"), {"q": "library"}, **HTMX))

    assert "Today" in everything
    assert "Printing in the library" in found
    assert "Wifi" not in found
    assert SECRET not in found
    assert "<html" not in found


@pytest.mark.parametrize("words", ["\x00", "%", "_", "'; --", "(((", "x" * 300])
def test_search_takes_any_words(ada: User, client_of: ClientOf, words: str) -> None:
    conversation_of(ada, "Printing", "Like this.")

    response = client_of(ada).get(address("history"), {"q": words})

    assert response.status_code == 200


def test_conversation_that_does_not_exist_is_not_found(ada: User, client_of: ClientOf) -> None:
    assert client_of(ada).get(address("conversation", uuid4())).status_code == 404


async def test_failed_answer_says_so_and_offers_a_way_on(
    ada: User, async_client_of: AsyncClientOf
) -> None:
    client = await database_sync_to_async(async_client_of)(ada)
    talk = await talk_of(ada, "How do I print?", "")
    await Completion.objects.aupdate(status=Status.FAILED)

    page = body(await client.get(talk.get_absolute_url()))

    assert "There is no answer this time." in page
    assert address("regenerate", talk.pk, talk.leaf_id) in page
    assert await Message.objects.filter(role=Role.QUESTION).acount() == 1
