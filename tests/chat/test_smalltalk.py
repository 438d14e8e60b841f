"""Small talk is answered at once, and a question is never taken for it."""

import json
from pathlib import Path

import pytest

from accounts import campus
from chat import smalltalk
from chat.prompt import Speaker, Turn
from chat.smalltalk import Kind

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks" / "search"


def kind_of(text: str, *turns: Turn) -> Kind | None:
    reply = smalltalk.reply(text, turns)
    return reply.kind if reply else None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hi", Kind.GREETING),
        ("hello there!", Kind.GREETING),
        ("Bonjour", Kind.GREETING),
        ("你好", Kind.GREETING),
        ("ok thanks", Kind.THANKS),
        ("Thank you so much!!", Kind.THANKS),
        ("gracias", Kind.THANKS),
        ("thx, that fixed it", Kind.SOLVED),
        ("it works now, thanks!", Kind.SOLVED),
        ("bye", Kind.BYE),
        ("who are you?", Kind.WHO_ARE_YOU),
        ("can you help me", Kind.WHO_ARE_YOU),
        ("Hey, are you a real person?", Kind.ARE_YOU_A_PERSON),
        ("are you ChatGPT", Kind.ARE_YOU_A_PERSON),
        ("that did not help", Kind.DID_NOT_HELP),
        ("That didn't help.", Kind.DID_NOT_HELP),
        ("useless", Kind.DID_NOT_HELP),
        ("can I talk to a human please", Kind.WANTS_PERSON),
        ("agent", Kind.WANTS_PERSON),
        ("I want to talk to a person about my broken printer", Kind.WANTS_PERSON),
        ("hello, I want to speak to a real person", Kind.WANTS_PERSON),
    ],
)
def test_small_talk_is_known(text: str, kind: Kind) -> None:
    assert kind_of(text) is kind


@pytest.mark.parametrize(
    "text",
    [
        "hi, my wifi is down",
        "thanks, but how do I print",
        "thanks. and on my phone?",
        "bonjour, mon wifi ne marche pas",
        "help me with wifi",
        "good morning, the projector in B104 is black",
        "it doesn't work on my mac",
        "is it ok to use my own router",
        "how do I talk to my professor on zoom",
        "yes",
        "wifi",
        "",
        "?!",
        "hello " * 30,
    ],
)
def test_a_question_is_never_swallowed(text: str) -> None:
    assert kind_of(text) is None


@pytest.mark.parametrize("name", ["questions", "tuning", "followups"])
def test_no_question_of_the_benchmarks_is_taken_for_small_talk(name: str) -> None:
    lines = (BENCHMARKS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]

    assert [question for question in questions if kind_of(question)] == []


@pytest.mark.parametrize("kind", list(Kind))
def test_every_answer_can_be_filled_in(kind: Kind) -> None:
    text = campus.fill_in(smalltalk._answer(kind, ()))

    assert text
    assert "{{" not in text
    assert "!" not in text


def test_after_steps_that_did_not_help_it_asks_which_one_stopped_you() -> None:
    answer = Turn(Speaker.ASSISTANT, "Do this:\n\n1. Open **Settings**. [1]\n2. Press Connect. [1]")

    reply = smalltalk.reply("that did not help", [answer])

    assert reply
    assert reply.text.startswith("Which step stopped you?")
    assert "1. Open **Settings**.\n2. Press Connect." in reply.text
    assert "Talk to a person" in reply.text


def test_the_second_time_it_offers_a_person_at_once() -> None:
    steps = Turn(Speaker.ASSISTANT, "1. Open **Settings**. [1]\n2. Press Connect. [1]")
    first = smalltalk.reply("that did not help", [steps])
    assert first

    again = smalltalk.reply("no help at all", [steps, Turn(Speaker.ASSISTANT, first.text)])

    assert again
    assert "Which step" not in again.text
    assert "Talk to a person" in again.text


def test_without_steps_it_asks_what_you_see() -> None:
    reply = smalltalk.reply("useless", [Turn(Speaker.ASSISTANT, "A mailbox holds 50 GB. [1]")])

    assert reply
    assert "What do you see" in reply.text
