"""What a question takes from its conversation, and what a change of subject drops."""

import pytest

from chat.followup import (
    CITED_BOOST,
    CITED_EARLIER_BOOST,
    carry,
    open_step,
    step_named,
    steps_in,
)
from chat.prompt import Speaker, Turn

STEPS = (
    "Do this:\n\n1. Open **Settings**. [1]\n2. Choose eduroam and press\n   Connect. [1]\n\n"
    "Then wait."
)


def asked(text: str) -> Turn:
    return Turn(Speaker.STUDENT, text)


def answered(text: str, *cited: int) -> Turn:
    return Turn(Speaker.ASSISTANT, text, cited)


EDUROAM = (asked("eduroam on my windows laptop"), answered(STEPS, 7))


def test_a_first_question_stands_alone() -> None:
    carried = carry((), "how do I print from my macbook")

    assert carried.text == "how do I print from my macbook"
    assert dict(carried.boost_articles) == {}
    assert carried.system == "macos"
    assert not carried.is_follow_up
    assert not carried.changed_subject


def test_a_follow_up_takes_the_question_before_it_and_its_article() -> None:
    carried = carry(EDUROAM, "how long does that take")

    assert carried.is_follow_up
    assert carried.text == "how long does that take eduroam on my windows laptop"
    assert dict(carried.boost_articles) == {7: CITED_BOOST}


def test_the_device_carries_over_until_another_is_named() -> None:
    assert carry(EDUROAM, "it still fails").system == "windows"
    assert carry(EDUROAM, "and on my iphone?").system == "ios"


def test_a_phone_of_no_make_is_the_one_named_before() -> None:
    turns = (asked("eduroam on android"), answered(STEPS, 7), asked("ok"), answered("Good.", 7))

    assert carry(turns, "what if my phone says no").system == "android"


def test_a_phone_of_no_make_is_none_in_particular() -> None:
    assert carry(EDUROAM, "and on my phone?").system == ""


def test_the_step_in_question_carries_over() -> None:
    carried = carry(EDUROAM, "step 2 doesn't show up")

    assert "Choose eduroam and press Connect." in carried.text


def test_articles_cited_earlier_weigh_less() -> None:
    turns = (*EDUROAM, asked("and where is it?"), answered("Here. [1]", 9))

    assert dict(carry(turns, "still nothing").boost_articles) == {
        7: CITED_EARLIER_BOOST,
        9: CITED_BOOST,
    }


@pytest.mark.parametrize(
    "question",
    [
        "and is photoshop free for us",
        "oh and i lost my phone so i can't log in anywhere",
        "next: nintendo switch",
        "thanks. my mailbox is full",
        "by the way, where do I collect a poster",
    ],
)
def test_a_new_subject_drops_what_was_said_before(question: str) -> None:
    carried = carry(EDUROAM, question)

    assert carried.changed_subject
    assert not carried.is_follow_up
    assert carried.text == question
    assert carried.system == ""
    assert carried.boost_articles[7] < CITED_BOOST / 2


@pytest.mark.parametrize(
    "question",
    [
        "what about my chromebook",
        "it says does not meet the policy",
        "still nothing",
        "why",
        "which one",
        "is eduroam down",
    ],
)
def test_staying_with_the_subject_changes_nothing(question: str) -> None:
    assert carry(EDUROAM, question).is_follow_up


def test_small_talk_between_does_not_hide_what_was_asked() -> None:
    turns = (*EDUROAM, asked("ok did that"), answered("Good.", 7))

    assert "eduroam" in carry(turns, "still nothing").text


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("step 2 doesn't show up", 2),
        ("the second step fails", 2),
        ("the first one, how", 1),
        ("the last step", -1),
        ("3 never arrives", 3),
        ("3. never arrives", 3),
        ("it has been 30 minutes", None),
        ("how long", None),
    ],
)
def test_which_step_is_meant(question: str, number: int | None) -> None:
    assert step_named(question) == number


def test_steps_are_read_from_lists_and_from_running_text() -> None:
    assert steps_in(STEPS) == {1: "Open **Settings**.", 2: "Choose eduroam and press Connect."}
    assert steps_in("1. Forget it. 2. Join again. 3. Wait.") == {
        1: "Forget it.",
        2: "Join again.",
        3: "Wait.",
    }


def test_the_last_step_is_that_of_the_latest_answer() -> None:
    assert open_step(EDUROAM, "the last step fails") == "Choose eduroam and press Connect."
    assert open_step(EDUROAM, "step 9 fails") == ""
    assert open_step((), "step 1 fails") == ""
