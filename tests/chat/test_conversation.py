"""The verbs, one at a time and at the same time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from backplane.models import Version
from chat import conversation, load, replies
from chat.completion import Finish, FinishReason, Source
from chat.errors import (
    EmptyQuestion,
    NotPossible,
    QuestionTooLong,
    ReplyRunning,
    TooManyQuestions,
    WithPerson,
)
from chat.models import Completion, Conversation, Draft, Feedback, Message, Role, Status
from chat.replies import Progress
from tests.factories import (
    GONE,
    add_message,
    complete,
    conversation_of,
    long_conversation,
    silent_since,
    source,
    texts,
)
from tickets import lifecycle
from tickets.models import Comment, Ticket

pytestmark = pytest.mark.django_db

DONE = Finish(FinishReason.STOP, provider="knowledge", model="")


def ask(by: User, text: str = "How do I print?", talk: Conversation | None = None) -> Completion:
    """Ask and return the reply that is to be run."""
    reply = conversation.ask(talk or conversation.begin(by), by=by, text=text).reply
    assert reply is not None
    return reply


def end(reply: Completion, text: str = "Like this.", status: Status = Status.COMPLETE) -> Any:
    return replies.finish(
        reply.pk, text, status=status, finish=DONE, sequence=3, attempt=reply.attempts
    )


def path(talk: Conversation) -> list[str]:
    talk.refresh_from_db()
    return texts(Message.objects.path(talk.leaf_id))


# --- Asking


def test_question_is_stored_with_an_empty_answer_below_it(ada: User) -> None:
    talk = conversation.begin(ada)

    asked = conversation.ask(talk, by=ada, text="  How do I print?\r\n")

    assert path(talk) == ["How do I print?", ""]
    assert talk.title == "How do I print"
    assert asked.reply is not None
    assert asked.reply.is_running


@pytest.mark.parametrize("text", ["", "   ", "\n\t ", "\x00\x07\x1b", "\u200b"[:0]])
def test_blank_question_is_refused_and_nothing_stays(ada: User, text: str) -> None:
    with pytest.raises(EmptyQuestion):
        conversation.begin_with(by=ada, text=text)

    assert not Conversation.objects.exists()


def test_question_over_the_limit_is_refused_and_nothing_stays(
    ada: User, settings: Settings
) -> None:
    with pytest.raises(QuestionTooLong) as refused:
        conversation.begin_with(by=ada, text="x" * (settings.QUESTION_MAX_CHARS + 1))

    assert not Conversation.objects.exists()
    assert f"{settings.QUESTION_MAX_CHARS:,}" in refused.value.words


def test_question_of_exactly_the_limit_is_asked(ada: User, settings: Settings) -> None:
    reply = ask(ada, "x" * settings.QUESTION_MAX_CHARS)

    assert reply.is_running


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("nu\x00ll", "null"),
        ("be\x07ll \x1b[31m", "bell [31m"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("مرحبا 👩‍💻", "مرحبا 👩‍💻"),
    ],
)
def test_what_no_database_holds_is_taken_out(ada: User, typed: str, stored: str) -> None:
    reply = ask(ada, typed)

    assert reply.message.parent is not None
    assert Message.objects.get(pk=reply.message.parent_id).text == stored


def test_secret_is_taken_out_before_anything_is_written(ada: User) -> None:
    secret = "Tr0ub4dor&3xyz"

    reply = ask(ada, f"my password is {secret} and it is refused")

    question = reply.message.parent
    assert question is not None
    assert question.removed == ["password"]
    for stored in (question.text, reply.conversation.title, *map(str, Version.objects.all())):
        assert secret not in stored


def test_secret_is_taken_out_of_draft_title_and_note(ada: User) -> None:
    secret = "Tr0ub4dor&3xyz"
    talk = conversation_of(ada, "How do I print?", "Like this.")

    conversation.save_draft(by=ada, conversation=talk, text=f"my password is {secret}")
    conversation.rename(talk, f"my password is {secret}")
    conversation.rate(
        talk, talk.leaf_id, by=ada, is_helpful=False, reason="other", note=f"password: {secret}"
    )

    assert secret not in Draft.objects.get().text
    assert secret not in Conversation.objects.get().title
    assert secret not in Feedback.objects.get().note


def test_question_sent_twice_under_one_key_is_stored_once(ada: User) -> None:
    talk = conversation.begin(ada)

    first = conversation.ask(talk, by=ada, text="How do I print?", client_key="k-1")
    second = conversation.ask(talk, by=ada, text="How do I print?", client_key="k-1")

    assert second.question == first.question
    assert second.reply is None
    assert path(talk) == ["How do I print?", ""]


def test_first_question_sent_twice_begins_one_conversation(ada: User, eve: User) -> None:
    first, _reply = conversation.begin_with(by=ada, text="How do I print?", client_key="k-1")
    again, second = conversation.begin_with(by=ada, text="How do I print?", client_key="k-1")
    other, _reply = conversation.begin_with(by=eve, text="How do I print?", client_key="k-1")

    assert again == first
    assert second is None
    assert other != first


def test_hand_off_sent_twice_opens_one_ticket(ada: User) -> None:
    first = conversation.begin_with_person(by=ada, text="My laptop burns", client_key="k-1")
    again = conversation.begin_with_person(by=ada, text="My laptop burns", client_key="k-1")

    assert again == first
    assert Ticket.objects.count() == 1


def test_key_is_kept_once_by_the_database(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?")
    talk.messages.create(role=Role.QUESTION, text="a", client_key="k-1")

    with pytest.raises(IntegrityError), transaction.atomic():
        talk.messages.create(role=Role.QUESTION, text="b", client_key="k-1")


# --- The pace


def test_pace_is_limited_over_all_conversations(ada: User, eve: User, settings: Settings) -> None:
    settings.QUESTIONS_PER_MINUTE = 2
    ask(ada)
    ask(ada)

    with pytest.raises(TooManyQuestions) as refused:
        ask(ada)

    assert 0 < refused.value.wait_s <= 60
    assert ask(eve).is_running


def test_pace_is_free_again_a_minute_later(ada: User, settings: Settings) -> None:
    settings.QUESTIONS_PER_MINUTE = 1
    ask(ada)
    Message.objects.update(written_at=timezone.now() - timedelta(seconds=61))
    Completion.objects.update(started_at=timezone.now() - timedelta(seconds=61))

    assert ask(ada).is_running


def test_answers_asked_for_again_count_as_questions(ada: User, settings: Settings) -> None:
    settings.QUESTIONS_PER_MINUTE = 2
    talk = conversation_of(ada, "How do I print?", "Like this.")
    for _ in range(2):
        end(conversation.regenerate(talk, Message.objects.filter(role=Role.ANSWER).first().pk))

    with pytest.raises(TooManyQuestions):
        conversation.regenerate(talk, Message.objects.filter(role=Role.ANSWER).first().pk)


def test_what_a_person_is_told_counts_as_questions(ada: User, settings: Settings) -> None:
    settings.QUESTIONS_PER_MINUTE = 3
    talk = conversation_of(ada, "How do I print?", "Like this.")
    conversation.escalate(talk, by=ada, reason="")
    conversation.ask(talk, by=ada, text="one")
    conversation.ask(talk, by=ada, text="two")

    with pytest.raises(TooManyQuestions):
        conversation.ask(talk, by=ada, text="three")


# --- One reply at a time


@pytest.mark.postgres
def test_second_running_reply_is_refused_by_the_database(ada: User) -> None:
    reply = ask(ada)
    other = Message.objects.create(
        conversation=reply.conversation, parent=reply.message.parent, role=Role.ANSWER
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        Completion.objects.create(message=other, conversation=reply.conversation)


def test_question_before_any_text_joins_the_reply(ada: User) -> None:
    reply = ask(ada, "How do I print?")
    first = reply.message.parent_id

    joined = conversation.ask(reply.conversation, by=ada, text="From my phone.")

    assert joined.reply is None
    assert path(reply.conversation) == ["How do I print?", "From my phone.", ""]
    assert replies.show(reply.pk, first) is False
    assert replies.show(reply.pk, joined.question.pk) is True


def test_joined_questions_are_composed_as_one(ada: User) -> None:
    reply = ask(ada, "How do I print?")
    conversation.ask(reply.conversation, by=ada, text="From my phone.")

    work = load.work(reply.pk)

    assert work.context.question == "How do I print?\n\nFrom my phone."
    assert work.context.turns == ()
    assert work.context.reader == ada


def test_questions_after_the_first_text_wait_and_are_answered_together(ada: User) -> None:
    reply = ask(ada, "How do I print?")
    replies.show(reply.pk, reply.message.parent_id)

    one = conversation.ask(reply.conversation, by=ada, text="In colour?")
    two = conversation.ask(reply.conversation, by=ada, text="On both sides?")
    following = end(reply)

    assert (one.reply, two.reply) == (None, None)
    assert following.message.parent == two.question
    assert path(reply.conversation) == [
        "How do I print?", "Like this.", "In colour?", "On both sides?", "",
    ]  # fmt: skip
    assert load.work(following.pk).context.question == "In colour?\n\nOn both sides?"
    assert end(following) is None


def test_waiting_question_stays_for_the_next_process_while_this_one_drains(ada: User) -> None:
    reply = ask(ada)
    replies.show(reply.pk, reply.message.parent_id)
    conversation.ask(reply.conversation, by=ada, text="In colour?")
    following = replies.finish(
        reply.pk,
        "Like",
        status=Status.INTERRUPTED,
        finish=DONE,
        sequence=2,
        attempt=1,
        answers_waiting=False,
    )
    Message.objects.update(written_at=timezone.now() - timedelta(seconds=5))

    taken = replies.left_waiting()

    assert following is None
    assert [completion.message.parent.text for completion in taken] == ["In colour?"]
    assert replies.left_waiting() == []


def test_question_older_than_an_hour_is_not_answered_out_of_the_blue(ada: User) -> None:
    conversation_of(ada, "How do I print?")
    Message.objects.update(written_at=timezone.now() - timedelta(hours=2))
    Conversation.objects.update(active_at=timezone.now() - timedelta(hours=2))

    assert replies.left_waiting() == []


def test_question_of_a_deleted_conversation_is_not_answered(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?")
    Message.objects.update(written_at=timezone.now() - timedelta(seconds=5))
    conversation.delete(talk)

    assert replies.left_waiting() == []


def test_question_that_went_to_a_person_is_not_answered_when_the_ticket_is_resolved(
    ada: User, grace: User
) -> None:
    conversation.begin_with_person(by=ada, text="My laptop burns")
    Message.objects.update(written_at=timezone.now() - timedelta(seconds=5))
    lifecycle.resolve(Ticket.objects.get(), by=grace)

    assert replies.left_waiting() == []


def test_question_that_is_asked_back_from_a_person_is_answered(ada: User) -> None:
    talk = conversation.begin_with_person(by=ada, text="My laptop burns")
    Message.objects.update(written_at=timezone.now() - timedelta(seconds=5))
    conversation.take_back(talk)

    assert [reply.message.parent.text for reply in replies.left_waiting()] == ["My laptop burns"]


def in_parallel(verbs: list[Callable[[], Any]]) -> list[Any]:
    """Run the verbs at once, each on a connection of its own; errors are returned."""
    together = threading.Barrier(len(verbs))

    def run(verb: Callable[[], Any]) -> Any:
        together.wait(10)
        try:
            return verb()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(run, verbs))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_parallel_questions_one_starts_a_reply_and_all_are_answered(ada: User) -> None:
    talk = conversation.begin(ada)
    words = [f"question {number}" for number in range(6)]

    results = in_parallel(
        [lambda text=text: conversation.ask(talk, by=ada, text=text) for text in words]
    )

    replies = [asked.reply for asked in results if asked.reply]
    assert len(replies) == 1
    assert sorted(load.work(replies[0].pk).context.question.split("\n\n")) == words


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_parallel_copies_of_a_first_question_begin_one_conversation(ada: User) -> None:
    results = in_parallel(
        [lambda: conversation.begin_with(by=ada, text="Hello", client_key="k-1")] * 4
    )

    assert len({started.pk for started, _reply in results}) == 1
    assert Conversation.objects.count() == 1
    assert len([reply for _started, reply in results if reply]) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_question_beside_the_first_text_either_joins_or_waits(ada: User) -> None:
    for _ in range(10):
        reply = ask(ada)
        shown, asked = in_parallel(
            [
                lambda reply=reply: replies.show(reply.pk, reply.message.parent_id),
                lambda reply=reply: conversation.ask(reply.conversation, by=ada, text="And?"),
            ]
        )

        reply.message.refresh_from_db()
        has_joined = reply.message.parent_id == asked.question.pk
        assert shown is not has_joined
        Message.objects.update(written_at=timezone.now() - timedelta(minutes=2))
        Completion.objects.update(started_at=timezone.now() - timedelta(minutes=2))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_record_beside_an_end_neither_blocks_nor_overwrites_it(ada: User) -> None:
    for number in range(10):
        reply = ask(ada)
        replies.show(reply.pk, reply.message.parent_id)
        progress = [Progress(reply.pk, reply.message_id, "old", number + 1)]
        results = in_parallel(
            [
                lambda progress=progress: replies.record(progress),
                lambda reply=reply: end(reply),
            ]
        )

        assert not [result for result in results if isinstance(result, Exception)]
        assert Message.objects.get(pk=reply.message_id).text == "Like this."
        Message.objects.update(written_at=timezone.now() - timedelta(minutes=2))
        Completion.objects.update(started_at=timezone.now() - timedelta(minutes=2))


# --- How a reply lives


def test_record_stores_text_and_sequence_of_all_replies(ada: User, eve: User) -> None:
    running = [ask(ada), ask(eve)]

    must_stop = replies.record(
        Progress(reply.pk, reply.message_id, f"text {place}", place + 4)
        for place, reply in enumerate(running)
    )

    assert must_stop == set()
    stored = [Completion.objects.get(pk=reply.pk) for reply in running]
    assert [completion.sequence for completion in stored] == [4, 5]
    assert [completion.message.text for completion in stored] == ["text 0", "text 1"]


@pytest.mark.postgres
def test_record_of_many_replies_takes_few_queries(
    ada: User, django_assert_max_num_queries: DjangoAssertNumQueries, settings: Settings
) -> None:
    settings.QUESTIONS_PER_MINUTE = 1000
    progress = [Progress(r.pk, r.message_id, "text", 9) for r in (ask(ada) for _ in range(30))]

    with django_assert_max_num_queries(8):
        replies.record(progress)

    assert Message.objects.filter(text="text").count() == 30


def test_record_names_replies_that_somebody_stopped(ada: User) -> None:
    reply = ask(ada)
    conversation.stop(reply.conversation)

    assert replies.record([Progress(reply.pk, reply.message_id, "x", 1)]) == {reply.pk}
    assert Message.objects.get(pk=reply.message_id).text == ""


def test_reply_that_another_process_took_over_is_left_to_it(ada: User) -> None:
    reply = silent_since(ask(ada), seconds=0)

    assert replies.record([Progress(reply.pk, reply.message_id, "old", 1)]) == {reply.pk}
    assert replies.show(reply.pk, reply.message.parent_id) is False
    assert end(reply, "old") is None
    reply.refresh_from_db()
    assert reply.is_running
    assert reply.message.text == ""


def test_end_stores_the_text_the_reason_and_the_sources(ada: User) -> None:
    reply = ask(ada)
    cited = Source(1, "Print", "/help/print/", checked=timezone.now().date(), article_id=7)

    replies.finish(
        reply.pk,
        "Like this [1].",
        status=Status.COMPLETE,
        finish=Finish(FinishReason.STOP, sources=(cited,), provider="openai", model="m"),
        sequence=9,
        attempt=1,
    )

    reply = Completion.objects.select_related("message").get(pk=reply.pk)
    assert (reply.status, reply.finish_reason) == (Status.COMPLETE, "stop")
    assert (reply.provider, reply.model, reply.sequence) == ("openai", "m", 9)
    assert reply.message.text == "Like this [1]."
    assert [row["title"] for row in reply.sources] == ["Print"]
    assert reply.finished_at is not None


def test_ending_a_reply_twice_changes_nothing(ada: User) -> None:
    reply = ask(ada)
    end(reply, "Like this.")

    assert end(reply, "Else.", Status.FAILED) is None
    assert path(reply.conversation) == ["How do I print?", "Like this."]


def test_interrupted_reply_keeps_its_text_and_the_sources_it_cites(ada: User) -> None:
    reply = ask(ada)
    replies.show(
        reply.pk,
        reply.message.parent_id,
        [Source(1, "Print", "/help/print/"), Source(2, "Scan", "/help/scan/")],
    )
    replies.record([Progress(reply.pk, reply.message_id, "First [1]", 4)])

    assert replies.interrupt(reply.pk) is None

    reply = Completion.objects.get(pk=reply.pk)
    assert reply.status == Status.INTERRUPTED
    assert [row["title"] for row in reply.sources] == ["Print"]
    assert path(reply.conversation) == ["How do I print?", "First [1]"]


def test_interrupted_reply_hands_on_to_the_question_that_waited(ada: User) -> None:
    reply = ask(ada)
    replies.show(reply.pk, reply.message.parent_id)
    conversation.ask(reply.conversation, by=ada, text="In colour?")

    following = replies.interrupt(reply.pk)

    assert following is not None
    assert following.message.parent.text == "In colour?"
    assert replies.interrupt(reply.pk) is None


def test_silent_reply_and_reply_of_a_dead_process_are_found(ada: User) -> None:
    silent, dead = silent_since(ask(ada), seconds=31), silent_since(ask(ada), "me:1:x", seconds=10)
    fresh = ask(ada)

    found = replies.without_heartbeat(timedelta(seconds=30), ["me:1:x"])

    assert sorted(found) == [silent.pk, dead.pk]
    assert fresh.pk not in found
    assert set(replies.owners()) == {GONE, "me:1:x", fresh.owner}


# --- Stop, again, in other words, on


def test_stop_is_stored_once_and_ends_nothing_by_itself(ada: User) -> None:
    reply = ask(ada)

    first = conversation.stop(reply.conversation)
    second = conversation.stop(reply.conversation)

    assert first.stop_requested_at == second.stop_requested_at
    assert Completion.objects.get().is_running


def test_stop_without_a_reply_does_nothing(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this.")

    assert conversation.stop(talk) is None


def test_answer_again_is_an_alternative_of_the_same_question(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this.")
    old = talk.leaf

    reply = conversation.regenerate(talk, old.pk)
    end(reply, "Or so.")

    assert path(talk) == ["How do I print?", "Or so."]
    assert Message.objects.get(pk=old.pk).text == "Like this."
    assert list(old.parent.children.order_by("pk")) == [old, reply.message]


def test_choosing_moves_only_the_leaf_and_brings_what_followed(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this.")
    first = talk.leaf
    add_message(talk, "In colour?", Role.QUESTION)
    add_message(talk, "Yes.", Role.ANSWER)
    end(conversation.regenerate(talk, first.pk), "Or so.")
    before = list(Message.objects.order_by("pk").values())

    conversation.choose(talk, first.pk)

    assert path(talk) == ["How do I print?", "Like this.", "In colour?", "Yes."]
    assert list(Message.objects.order_by("pk").values()) == before


def test_edited_question_is_a_branch_beside_the_old_one(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this.", "In colour?", "Yes.")
    question = Message.objects.get(text="In colour?")

    reply = conversation.edit(talk, question.pk, by=ada, text="On both sides?")

    assert path(talk) == ["How do I print?", "Like this.", "On both sides?", ""]
    assert reply.message.parent.parent == question.parent
    assert Message.objects.filter(text="Yes.").exists()


@pytest.mark.parametrize("text", ["", " \x00 "])
def test_question_cannot_be_edited_to_nothing(ada: User, text: str) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this.")

    with pytest.raises(EmptyQuestion):
        conversation.edit(talk, talk.leaf.parent_id, by=ada, text=text)

    assert path(talk) == ["How do I print?", "Like this."]


@pytest.mark.parametrize("status", [Status.INTERRUPTED, Status.STOPPED])
def test_answer_that_was_cut_off_is_carried_on_in_its_place(ada: User, status: Status) -> None:
    reply = ask(ada)
    end(reply, "First, open", status)

    again = conversation.carry_on(reply.conversation, reply.message_id)

    assert again.pk == reply.pk
    assert again.attempts == 2
    assert load.work(again.pk).context.partial == "First, open"
    assert path(reply.conversation) == ["How do I print?", "First, open"]


def test_complete_answer_is_not_carried_on(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this.")

    with pytest.raises(Http404):
        conversation.carry_on(talk, talk.leaf_id)


def test_answer_without_a_question_cannot_be_written_again(ada: User) -> None:
    talk = conversation_of(ada)
    answer = add_message(talk, "Out of nowhere.", Role.ANSWER)

    with pytest.raises(NotPossible):
        conversation.regenerate(talk, answer.pk)


def test_nothing_is_changed_while_a_reply_runs(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this.")
    answer = talk.leaf
    ask(ada, "In colour?", talk)

    for verb in (
        lambda: conversation.regenerate(talk, answer.pk),
        lambda: conversation.choose(talk, answer.pk),
        lambda: conversation.edit(talk, answer.parent_id, by=ada, text="x"),
        lambda: conversation.carry_on(talk, answer.pk),
    ):
        with pytest.raises(ReplyRunning):
            verb()


def test_messages_of_a_strangers_conversation_are_out_of_reach(ada: User, eve: User) -> None:
    secret = conversation_of(ada, "How do I print my thesis?", "Like this.")
    own = conversation_of(eve, "Hello", "Hi.")
    answer, question = secret.leaf, secret.leaf.parent

    for verb in (
        lambda: conversation.regenerate(own, answer.pk),
        lambda: conversation.choose(own, answer.pk),
        lambda: conversation.edit(own, question.pk, by=eve, text="x"),
        lambda: conversation.carry_on(own, answer.pk),
        lambda: conversation.rate(own, answer.pk, by=eve, is_helpful=True, reason="", note=""),
    ):
        with pytest.raises(Http404):
            verb()

    assert path(own) == ["Hello", "Hi."]
    assert path(secret) == ["How do I print my thesis?", "Like this."]


# --- A person


def test_hand_off_carries_the_current_path_and_its_sources(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?", "Not shown any more.")
    end(conversation.regenerate(talk, talk.leaf_id), "Like this [1].")
    Completion.objects.filter(message__text="Like this [1].").update(sources=[source(1, "Print")])

    ticket = conversation.escalate(talk, by=ada, reason="asked")

    assert ticket.requester == ada
    assert "How do I print?" in ticket.description
    assert "Like this [1]." in ticket.description
    assert "[1] Print (/help/print/)" in ticket.description
    assert "Not shown any more." not in ticket.description


def test_hand_off_reads_the_talk_in_a_handful_of_queries(
    ada: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    talk = long_conversation(ada, 60)

    with django_assert_max_num_queries(14):
        conversation.escalate(talk, by=ada, reason="asked")


def test_hand_off_stops_the_reply_and_keeps_what_was_seen(ada: User) -> None:
    reply = ask(ada)
    replies.show(reply.pk, reply.message.parent_id)

    conversation.escalate(reply.conversation, by=ada, reason="asked")
    following = end(reply, "Half an ans", Status.STOPPED)

    assert following is None
    assert Completion.objects.get().status == Status.STOPPED
    assert path(reply.conversation) == ["How do I print?", "Half an ans"]


def test_assistant_is_silent_while_a_person_has_the_conversation(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this.")
    ticket = conversation.escalate(talk, by=ada, reason="asked")

    asked = conversation.ask(talk, by=ada, text="It still does not work, password: Hunter2hunter2!")

    assert asked.reply is None
    assert asked.question is None
    assert asked.comment == ticket.comments.get()
    assert "Hunter2hunter2!" not in asked.comment.body
    assert not Completion.objects.filter(status=Status.RUNNING).exists()
    for verb in (
        lambda: conversation.regenerate(talk, talk.leaf_id),
        lambda: conversation.edit(talk, talk.leaf.parent_id, by=ada, text="x"),
    ):
        with pytest.raises(WithPerson):
            verb()


@pytest.mark.django_db(transaction=True)
def test_comment_sent_twice_under_one_key_is_told_once(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this.")
    conversation.escalate(talk, by=ada, reason="asked")

    for _ in range(2):
        conversation.ask(talk, by=ada, text="Hello?", client_key="k-1")

    assert Comment.objects.count() == 1


def test_hand_off_twice_is_one_ticket(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this.")

    first = conversation.escalate(talk, by=ada, reason="asked")
    second = conversation.escalate(talk, by=ada, reason="asked")

    assert first == second
    assert Ticket.objects.count() == 1


def test_assistant_speaks_again_when_asked_back_or_resolved(ada: User, grace: User) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this.")
    ticket = conversation.escalate(talk, by=ada, reason="asked")

    conversation.take_back(talk)
    asked_back = conversation.ask(talk, by=ada, text="And now?")
    end(asked_back.reply)
    conversation.escalate(talk, by=ada, reason="asked")
    silent = conversation.ask(talk, by=ada, text="Hello?")
    lifecycle.resolve(ticket, by=grace)
    resolved = conversation.ask(talk, by=ada, text="Thanks, one more thing")

    assert asked_back.reply is not None
    assert silent.reply is None
    assert resolved.reply is not None


def test_hand_off_before_any_question_needs_words(ada: User) -> None:
    with pytest.raises(EmptyQuestion):
        conversation.begin_with_person(by=ada, text=" ")

    assert not Ticket.objects.exists()


# --- Keeping house


def test_rating_is_stored_with_what_was_shown_and_can_change(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this.")
    Completion.objects.update(sources=[source()])

    conversation.rate(talk, talk.leaf_id, by=ada, is_helpful=False, reason="wrong", note="no")
    conversation.rate(talk, talk.leaf_id, by=ada, is_helpful=True, reason="wrong", note="")

    feedback = Feedback.objects.get()
    assert (feedback.is_helpful, feedback.reason, feedback.note) == (True, "", "")
    assert feedback.shown_text == "Like this."
    assert feedback.shown_sources == [source()]


def test_rating_survives_a_null_byte_in_its_note(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this.")

    conversation.rate(
        talk, talk.leaf_id, by=ada, is_helpful=False, reason="other", note="a\x00b\ud800"
    )

    assert Feedback.objects.get().note == "ab\ufffd"


def test_own_title_stays_and_an_empty_one_brings_ours_back(ada: User) -> None:
    talk = conversation_of(ada, "hello, how do I print?", "Like this.")

    conversation.rename(talk, "  My \n thesis " + "x" * 200)
    talk.refresh_from_db()
    own = talk.title
    conversation.rename(talk, " ")
    talk.refresh_from_db()

    assert own.startswith("My thesis xxx")
    assert len(own) == 120
    assert talk.title == "How do I print"


def test_deleted_conversation_is_gone_until_restored(ada: User) -> None:
    reply = ask(ada)
    talk = reply.conversation

    conversation.delete(talk)

    assert not Conversation.objects.visible_to(ada).exists()
    assert Completion.objects.get().status == Status.STOPPED
    with pytest.raises(Http404):
        conversation.ask(talk, by=ada, text="Hello?")
    conversation.restore(talk)
    assert Conversation.objects.visible_to(ada).get() == talk


def test_deleted_conversation_is_erased_when_it_can_no_longer_be_undone(ada: User) -> None:
    now = timezone.now()
    old, fresh, kept = (conversation_of(ada, "Q", "A") for _ in range(3))
    Conversation.objects.filter(pk=old.pk).update(deleted_at=now - timedelta(days=31))
    Conversation.objects.filter(pk=fresh.pk).update(deleted_at=now - timedelta(days=29))

    assert conversation.erase_deleted(now) == 1
    assert conversation.erase_deleted(now) == 0
    assert set(Conversation.objects.all()) == {fresh, kept}
    assert not Message.objects.filter(conversation_id=old.pk).exists()


def test_draft_is_kept_per_conversation_and_goes_with_the_question(ada: User, eve: User) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this.")
    conversation.save_draft(by=ada, conversation=None, text="new")
    conversation.save_draft(by=ada, conversation=talk, text="first")
    conversation.save_draft(by=ada, conversation=talk, text="second \x00")
    conversation.save_draft(by=eve, conversation=None, text="Eve's")

    conversation.ask(talk, by=ada, text="second")

    assert sorted(Draft.objects.values_list("text", flat=True)) == ["Eve's", "new"]


def test_empty_draft_is_no_draft(ada: User) -> None:
    conversation.save_draft(by=ada, conversation=None, text="new")
    conversation.save_draft(by=ada, conversation=None, text="  ")

    assert not Draft.objects.exists()


def test_draft_goes_with_the_first_question(ada: User) -> None:
    conversation.save_draft(by=ada, conversation=None, text="How do I")

    conversation.begin_with(by=ada, text="How do I print?")

    assert not Draft.objects.exists()


@pytest.mark.postgres
@pytest.mark.parametrize("messages", [2, 500])
def test_path_is_one_query_whatever_its_length(
    ada: User, messages: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    talk = long_conversation(ada, messages)

    with django_assert_num_queries(1):
        found = texts(Message.objects.path(talk.leaf_id))

    assert found == [str(number) for number in range(1, messages + 1)]
    assert texts(Message.objects.path(talk.leaf_id, limit=2)) == found[-2:]


def test_every_change_is_told_to_open_pages(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this.")
    topic = replies.topic(talk.pk)

    conversation.ask(talk, by=ada, text="In colour?")
    asked = Version.objects.get(topic=topic).version
    conversation.stop(talk)
    conversation.delete(talk)

    assert Version.objects.get(topic=topic).version > asked
    assert Conversation.objects.get().revision == 2


def test_failed_answer_of_nobody_is_only_a_constraint_away(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?")
    complete(talk.messages.create(parent=talk.leaf, role=Role.ANSWER), Status.FAILED)

    reply = conversation.ask(talk, by=ada, text="Again?").reply

    assert reply is not None
    assert load.work(reply.pk).context.question == "How do I print?\n\nAgain?"
