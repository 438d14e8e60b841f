"""What a page shows, and the smallest swap that brings it up to date."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from channels.db import database_sync_to_async
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from chat import conversation, page
from chat.models import Completion, Conversation, Draft, Role, Status
from chat.page import Have
from tests.chat.scripted import ScriptedProvider, asked, until
from tests.factories import add_message, conversation_of, long_conversation, source, texts
from tickets import lifecycle

pytestmark = pytest.mark.django_db


def shown(view: page.View) -> list[str]:
    return texts([item.message for item in view.items])


def test_page_shows_the_current_path_with_its_alternatives(ada: User) -> None:
    talk = conversation_of(ada, "How?", "One.")
    first = talk.leaf
    conversation.regenerate(talk, first.pk)
    Completion.objects.update(status=Status.COMPLETE)
    conversation.edit(talk, first.parent_id, by=ada, text="How, please?")
    Completion.objects.update(status=Status.COMPLETE)
    conversation.choose(talk, first.pk)

    view = page.read(talk.pk)

    question, answer = view.items
    assert shown(view) == ["How?", "One."]
    assert (question.position, len(question.alternatives)) == (1, 2)
    assert (answer.position, len(answer.alternatives)) == (1, 2)
    assert question.previous_alternative is None
    assert answer.next_alternative == answer.alternatives[1]


@pytest.mark.postgres
@pytest.mark.parametrize("messages", [10, 500])
def test_page_is_read_in_as_many_queries_whatever_its_length(
    ada: User, messages: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    talk = long_conversation(ada, messages)

    with django_assert_num_queries(6):
        view = page.read(talk.pk)

    assert len(view.items) == min(messages, page.SHOWN_AT_ONCE)
    assert view.has_earlier is (messages > page.SHOWN_AT_ONCE)


def test_earlier_messages_are_those_before_one(ada: User) -> None:
    talk = long_conversation(ada, 60)
    newest = page.read(talk.pk)

    earlier = page.read(talk.pk, before=newest.items[0].message.pk)

    assert shown(newest) == [str(number) for number in range(11, 61)]
    assert shown(earlier) == [str(number) for number in range(1, 11)]
    assert not earlier.has_earlier


def test_page_of_a_deleted_conversation_cannot_be_read(ada: User) -> None:
    talk = conversation_of(ada, "How?", "So.")
    conversation.delete(talk)

    for pk in (talk.pk, uuid4()):
        with pytest.raises(Conversation.DoesNotExist):
            page.read(pk)


def test_page_brings_the_draft_of_its_student_alone(ada: User, eve: User) -> None:
    talk = conversation_of(ada, "How?", "So.")
    Draft.objects.create(student=eve, conversation=talk, text="Eve was here")

    assert page.read(talk.pk).draft == ""


def test_page_shows_what_a_person_wrote_and_hides_their_notes(ada: User, grace: User) -> None:
    talk = conversation_of(ada, "How?", "So.")
    ticket = conversation.escalate(talk, by=ada, reason="asked")
    lifecycle.respond(ticket, by=grace, body="Come to the desk.")
    lifecycle.respond(ticket, by=grace, body="Ada is impatient.", is_public=False)

    view = page.read(talk.pk)

    assert [comment.body for comment in view.comments] == ["Come to the desk."]


def test_revision_grows_when_a_person_answers_or_resolves(ada: User, grace: User) -> None:
    talk = conversation_of(ada, "How?", "So.")
    ticket = conversation.escalate(talk, by=ada, reason="asked")
    revisions = [page.read(talk.pk).revision]

    lifecycle.respond(ticket, by=grace, body="Come to the desk.")
    revisions.append(page.read(talk.pk).revision)
    lifecycle.resolve(ticket, by=grace)
    revisions.append(page.read(talk.pk).revision)

    assert revisions == sorted(set(revisions))


def test_answer_is_drawn_with_its_sources(ada: User) -> None:
    talk = conversation_of(ada, "How?", "Do **this** [1], not [7].")
    Completion.objects.update(sources=[source(1)])

    answer = page.read(talk.pk).items[-1]

    assert "<strong>this</strong>" in answer.html
    assert f"#{answer.anchor}-s1" in answer.html
    assert "[7]" not in answer.html
    assert answer.sources[0].checked == datetime(2026, 3, 2, tzinfo=UTC).date()


@pytest.mark.django_db(transaction=True)
async def test_nothing_is_sent_to_a_page_that_has_everything(ada: User) -> None:
    talk = await database_sync_to_async(conversation_of)(ada, "How?", "So.")

    caught = await page.catch_up(talk.pk, Have(talk.revision))

    assert caught is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("have", [Have(), Have(99), Have(-1, 5, 7)])
async def test_whole_thread_is_sent_to_a_page_of_another_revision(ada: User, have: Have) -> None:
    talk = await database_sync_to_async(conversation_of)(ada, "How do I print?", "So.")

    caught = await page.catch_up(talk.pk, have)

    assert caught is not None
    html, view = caught
    assert "How do I print?" in html
    assert view.have == Have(talk.revision)


@pytest.mark.django_db(transaction=True)
async def test_running_answer_of_another_process_is_drawn_as_it_was_stored(ada: User) -> None:
    talk = await database_sync_to_async(conversation_of)(ada, "How?", "Half **of** it [1]")
    await Completion.objects.aupdate(
        status=Status.RUNNING, owner="desk-2:1:0", sequence=4, sources=[source(1)]
    )

    view = await page.view(talk.pk)

    assert view.running is not None
    assert view.running.snapshot is not None
    assert view.running.snapshot.settled_count == -1
    assert "<strong>of</strong>" in view.running.html
    assert f"{view.running.anchor}-s1" in view.running.html


@pytest.mark.django_db(transaction=True)
async def test_only_the_running_answer_is_sent_when_nothing_else_moved(
    ada: User, provider: ScriptedProvider
) -> None:
    talk = await database_sync_to_async(conversation_of)(ada, "An earlier question", "So.")
    what = await asked(ada, "How do I print?", talk)
    turn = await provider.turn()
    await turn.say("Half")
    await until(lambda: _has_text(what.reply.pk))
    await talk.arefresh_from_db()

    caught = await page.catch_up(talk.pk, Have(talk.revision, what.reply.pk, 0))

    assert caught is not None
    assert "Half" in caught[0]
    assert "An earlier question" not in caught[0]


async def _has_text(completion_id: int) -> bool:
    rows = Completion.objects.filter(pk=completion_id, first_delta_at__isnull=False)
    return await rows.aexists()


def test_what_follows_the_hand_off_stands_below_the_ticket_in_order(ada: User, grace: User) -> None:
    talk = conversation_of(ada, "How?", "So.")
    conversation.escalate(talk, by=ada, reason="asked")
    conversation.take_back(talk)
    talk.refresh_from_db()
    add_message(talk, "And now?", Role.QUESTION)
    assert talk.ticket is not None
    lifecycle.respond(talk.ticket, by=grace, body="I am looking.")

    view = page.read(talk.pk)

    assert texts([item.message for item in view.before_person]) == ["How?", "So."]
    asked, written = view.after_person
    assert asked.item is not None
    assert asked.item.message.text == "And now?"
    assert written.comment is not None
    assert written.comment.body == "I am looking."
