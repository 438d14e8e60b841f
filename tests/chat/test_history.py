"""The list at the side, and search in one's own conversations."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from chat import conversation, history
from chat.models import Completion, Conversation, Message, Status
from tests.factories import conversation_of

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def found(student: User, words: str) -> list[str]:
    return [talk.title for talk in history.search(student, words)]


def test_search_finds_words_in_questions_answers_and_titles(ada: User) -> None:
    conversation_of(ada, "My printer jams", "Open the tray.", title="Paper")

    assert found(ada, "printer") == ["Paper"]
    assert found(ada, "OPEN THE tray") == ["Paper"]
    assert found(ada, "paper") == ["Paper"]
    assert found(ada, "scanner") == []


def test_search_never_looks_into_strangers_conversations(ada: User, eve: User) -> None:
    conversation_of(ada, "My secret thesis", "Congratulations.", title="Thesis")

    assert found(eve, "thesis") == []
    assert found(eve, "congratulations") == []
    assert found(ada, "thesis") == ["Thesis"]


def test_search_looks_at_the_current_path_alone(ada: User) -> None:
    talk = conversation_of(ada, "How?", "Through the tunnel.", title="Way")
    first = talk.leaf_id
    reply = conversation.regenerate(talk, first)
    Message.objects.filter(pk=reply.message_id).update(text="Over the bridge.")
    Completion.objects.update(status=Status.COMPLETE)

    assert found(ada, "bridge") == ["Way"]
    assert found(ada, "tunnel") == []
    conversation.choose(talk, first)
    assert found(ada, "tunnel") == ["Way"]


def test_search_leaves_out_what_was_deleted(ada: User) -> None:
    talk = conversation_of(ada, "My printer jams", "Open the tray.", title="Paper")
    conversation.delete(talk)

    assert found(ada, "printer") == []


@pytest.mark.parametrize("words", ["überfüllt", "ÜBERFÜLLT", "Überfüllt"])
def test_search_does_not_mind_the_case_of_any_letter(ada: User, words: str) -> None:
    conversation_of(ada, "Das Postfach ist Überfüllt", "So.", title="Post")

    assert found(ada, words) == ["Post"]


@pytest.mark.parametrize("words", ["100%", "a_b", "it's!", "(c:\\temp", "50% [off]"])
def test_signs_stand_for_themselves(ada: User, words: str) -> None:
    conversation_of(ada, f"It says {words} here", "So.", title="Signs")
    conversation_of(ada, "It says 1000 axb its c:temp 50 o here", "So.", title="Other")

    assert found(ada, words) == ["Signs"]


def test_search_gives_the_newest_first(ada: User) -> None:
    for days in (3, 1, 2):
        talk = conversation_of(ada, "printer", "So.", title=f"{days} days ago")
        Conversation.objects.filter(pk=talk.pk).update(
            active_at=timezone.now() - timedelta(days=days)
        )

    assert found(ada, "printer") == ["1 days ago", "2 days ago", "3 days ago"]


def test_side_list_shows_neither_archived_nor_empty_nor_strangers(ada: User, eve: User) -> None:
    shown = conversation_of(ada, "How?", "So.")
    conversation.archive(conversation_of(ada, "Old", "So."))
    conversation_of(ada)
    conversation_of(eve, "Secret", "So.")

    assert list(history.recent(ada)) == [shown]


def test_conversations_are_grouped_by_campus_days() -> None:
    now = datetime(2026, 10, 14, 18, 0, tzinfo=UTC)
    talks = [
        Conversation(title=title, active_at=now - timedelta(days=days))
        for title, days in [("a", 0), ("b", 2), ("c", 6), ("d", 30), ("e", 31)]
    ]

    groups = history.grouped(talks, now=now)

    assert [(label, [talk.title for talk in listed]) for label, listed in groups] == [
        ("Today", ["a"]),
        ("Earlier this week", ["b", "c"]),
        ("September 2026", ["d", "e"]),
    ]
