import pytest

from chat.titles import LONGEST, NEUTRAL, from_question


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("eduroam won’t take my password", "eduroam won’t take my password"),
        ("how do I print?", "How do I print"),
        ("Hi there, my laptop is slow. It began on Monday.", "My laptop is slow"),
        ("hello, please help: no sound", "No sound"),
        ("Wifi is down\n\nIn the library", "Wifi is down"),
        ("iPhone shows no certificate", "iPhone shows no certificate"),
        ("hi", "Hi"),
        ("Hello!", "Hello"),
        ("...", "..."),
        ("?!", "?"),
        ("   spaced \t out   words ", "Spaced out words"),
    ],
)
def test_title_is_the_first_sentence_without_its_greeting(question: str, title: str) -> None:
    assert from_question(question) == title


@pytest.mark.parametrize("question", ["word " * 60, "x" * 300, "a" + " b" * 29 + "c" * 40])
def test_long_question_is_cut_to_sixty_characters(question: str) -> None:
    title = from_question(question)

    assert len(title) <= LONGEST
    assert title.endswith("…")


def test_title_of_a_hostile_text_is_made_in_no_time() -> None:
    assert from_question("hi " * 1300 + "there") == "There"


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("my password is [password removed] and it fails", "My password and it fails"),
        ("pw: [password removed]", "Pw"),
        ("i typed [password removed] as my password", "I typed as my password"),
        ("login ada / [password removed]", "Login ada"),
        ("it texted me [one-time code removed]", "It texted me"),
        ("[API key removed] does not work", "Does not work"),
        ("the file [draft] was removed", "The file [draft] was removed"),
    ],
)
def test_title_does_not_say_that_something_was_removed(question: str, title: str) -> None:
    assert from_question(question) == title


def test_question_of_markers_alone_has_the_neutral_title() -> None:
    assert from_question("[password removed] [one-time code removed]") == NEUTRAL


def test_title_of_many_brackets_is_made_in_no_time() -> None:
    assert from_question("is [" * 4000).startswith("Is [")
