"""A conversation as text and as JSON."""

from datetime import date

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from chat import transcript
from chat.citations import cited
from chat.completion import Source
from chat.models import Completion, Message
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
    assert lines[1].endswith(" UTC")
    assert lines[2] == "How do I print?"
    assert lines[3].startswith("**Assistant** · ")
    assert lines[4] == "Like this [1]."
    assert lines[5] == "[1] Reset your password (/help/reset-your-password/)"


def test_empty_conversation_is_an_empty_text(ada: User) -> None:
    talk = conversation_of(ada)

    assert transcript.as_markdown(talk, []) == "\n"


def test_markdown_of_a_long_talk_takes_one_query_more_than_its_path(
    ada: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    talk = long_conversation(ada, 80)

    with django_assert_num_queries(2):
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
