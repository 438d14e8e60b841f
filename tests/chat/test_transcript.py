"""A conversation as text and as JSON."""

from datetime import UTC, date, datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts import campus
from accounts.models import User
from chat import transcript
from chat.citations import cited
from chat.completion import Source
from chat.models import Completion, Feedback, Message, Reason, Status
from tests.factories import conversation_of, long_conversation, source

pytestmark = pytest.mark.django_db

PRINT = Source(1, "Print", "/help/print/#steps", "Steps", date(2026, 3, 2), 7)


def test_markdown_names_who_wrote_what_and_from_which_sources(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this [1].", title="Printing")
    Completion.objects.update(sources=[source(1)])

    text = transcript.as_markdown(talk, Message.objects.path(talk.leaf_id))

    lines = [line for line in text.splitlines() if line]
    assert lines[0] == "# Printing"
    assert lines[1].startswith("**You** · ")
    assert lines[2] == "How do I print?"
    assert lines[3].startswith("**Assistant** · ")
    assert lines[4] == "Like this [1]."
    assert lines[5] == "[1] Reset your password (/help/reset-your-password/)"


def test_empty_conversation_is_an_empty_text(ada: User) -> None:
    talk = conversation_of(ada)

    assert transcript.as_markdown(talk, []) == "\n"


def test_times_are_those_of_the_campus(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?")
    Message.objects.update(written_at=datetime(2026, 7, 1, 12, 0, tzinfo=UTC))
    local = datetime(2026, 7, 1, 12, 0, tzinfo=UTC).astimezone(campus.time_zone())

    text = transcript.as_markdown(talk, Message.objects.path(talk.leaf_id))

    assert f"· {local:%Y-%m-%d %H:%M %Z}\n" in text


def test_the_desk_reads_the_name_of_who_asked(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this.")
    path = Message.objects.path(talk.leaf_id)

    text = transcript.as_markdown(talk, path, transcript.to_desk(ada))

    assert "**Ada Lovelace** · " in text
    assert "You" not in text


@pytest.mark.parametrize(
    ("status", "mark"),
    [
        (Status.STOPPED, "(stopped by the student)"),
        (Status.INTERRUPTED, "(cut off)"),
        (Status.RUNNING, "(cut off)"),
    ],
)
def test_an_answer_that_is_not_whole_says_so(ada: User, status: Status, mark: str) -> None:
    talk = conversation_of(ada, "How do I print?", "Like th")
    Completion.objects.update(status=status)
    path = Message.objects.path(talk.leaf_id)

    text = transcript.as_markdown(talk, path, transcript.to_desk(ada))

    assert f"Like th\n\n{mark}\n" in text


def test_a_whole_answer_has_no_mark(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this.")

    text = transcript.as_markdown(talk, Message.objects.path(talk.leaf_id))

    assert text.endswith("Like this.\n")


def test_her_own_copy_says_that_she_stopped_it(ada: User) -> None:
    talk = conversation_of(ada, "How do I print?", "Like th")
    Completion.objects.update(status=Status.STOPPED)

    text = transcript.as_markdown(talk, Message.objects.path(talk.leaf_id))

    assert "(stopped by you)" in text


@pytest.mark.parametrize(
    ("is_helpful", "reason", "mark"),
    [
        (False, Reason.WRONG, "(did not help: It didn’t work)"),
        (False, "", "(did not help)"),
        (True, "", ""),
    ],
)
def test_a_thumb_down_stands_below_its_answer(
    ada: User, is_helpful: bool, reason: str, mark: str
) -> None:
    talk = conversation_of(ada, "How do I print?", "Like this.")
    Feedback.objects.create(message=talk.leaf, author=ada, is_helpful=is_helpful, reason=reason)

    text = transcript.as_markdown(talk, Message.objects.path(talk.leaf_id))

    assert text.partition("Like this.")[2].strip() == mark


def test_markdown_of_a_long_talk_takes_two_queries_more_than_its_path(
    ada: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    talk = long_conversation(ada, 80)

    with django_assert_num_queries(3):
        transcript.as_markdown(talk, Message.objects.path(talk.leaf_id))


def test_json_of_a_long_tree_takes_one_query(
    ada: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    talk = long_conversation(ada, 80)

    with django_assert_num_queries(1):
        tree = transcript.as_json(talk)

    assert len(tree["messages"]) == 80


def test_source_comes_back_as_it_was_stored(ada: User) -> None:
    talk = conversation_of(ada, "How?", "So [1].")
    undated = Source(2, "Scan", "/help/scan/")
    rows = [transcript.source_as_json(PRINT), transcript.source_as_json(undated)]
    Completion.objects.update(sources=rows)

    answer = Message.objects.select_related("completion").get(pk=talk.leaf_id)

    assert transcript.sources_of(answer) == (PRINT, undated)
    assert transcript.sources_of(answer.parent) == ()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("", []), ("So [1].", [1]), ("[2] and [1]", [1, 2]), ("[9] [0] [x] [12345]", [])],
)
def test_cited_are_the_sources_that_the_text_has_markers_of(text: str, numbers: list[int]) -> None:
    offered = [PRINT, Source(2, "Scan", "/help/scan/"), Source(3, "Fax", "/help/fax/")]

    assert [found.number for found in cited(text, offered)] == numbers
