"""The help centre answers by itself: the seed articles, asked as students ask."""

import asyncio
import re
import time
from datetime import datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts import campus
from chat import desk, sources
from chat.completion import Delta, Finish, FinishReason, Notice, Source
from chat.followup import carry
from chat.prompt import Passage, Prompt, Speaker, Turn, build
from chat.providers import knowledge
from chat.providers.article import put_together
from chat.providers.base import Provider
from chat.providers.knowledge import Answer, Knowledge
from knowledge import search
from knowledge.seeding import seed

MARKER = re.compile(r"\[(\d+)\]")


@pytest.fixture
def help_centre(db: None) -> None:
    seed()
    search.refresh()


def prompt_for(question: str, *turns: Turn, partial: str = "") -> Prompt:
    carried = carry(turns, question)
    return build(
        question,
        instructions="",
        passages=sources.find(carried, reader=AnonymousUser()),
        turns=turns,
        system=carried.system,
        partial=partial,
    )


def ask(question: str, *turns: Turn) -> Answer:
    return knowledge.compose(prompt_for(question, *turns))


def talk(*questions: str) -> Answer:
    """Ask one after the other; the last answer."""
    turns: tuple[Turn, ...] = ()
    for question in questions[:-1]:
        prompt = prompt_for(question, *turns)
        text = knowledge.compose(prompt).text
        numbers = {int(number) for number in MARKER.findall(text)}
        cited = [p.article_id for p in prompt.passages if p.source.number in numbers]
        answer = Turn(Speaker.ASSISTANT, text, tuple(dict.fromkeys(cited)))
        turns = (*turns, Turn(Speaker.STUDENT, question), answer)
    return ask(questions[-1], *turns)


def made_passage(number: int, text: str, *, score: float = 0.95, heading: str = "") -> Passage:
    source = Source(number, "A title", "/a", heading, article_id=1)
    return Passage(source, 1, text, score, position=number)


def test_it_is_a_provider() -> None:
    assert isinstance(Knowledge(), Provider)
    assert not Knowledge.is_metered


def test_the_steps_are_whole_in_order_and_cited(help_centre: None) -> None:
    answer = ask("forgot my password")

    steps = re.findall(r"^(\d)\. .* \[(\d+)\]$", answer.text, re.MULTILINE)
    assert [number for number, _marker in steps] == ["1", "2", "3", "4"]
    assert len({marker for _number, marker in steps}) == 1
    assert answer.text.startswith("Reset it yourself on the password page")
    assert answer.notice is None


def test_only_the_persons_own_device_is_explained(help_centre: None) -> None:
    answer = ask("how do I connect my iphone to eduroam")

    assert "geteduroam" in answer.text
    assert "netsh" not in answer.text
    assert "Device Management" not in answer.text
    assert "On another device" not in answer.text


def test_without_a_device_the_commonest_is_explained_and_the_others_offered(
    help_centre: None,
) -> None:
    answer = ask("how do I connect to eduroam")

    assert "**Windows**\n\n1. Open the [eduroam installer]" in answer.text
    assert "On another device? I have the steps for macOS, iPhone and iPad" in answer.text


def test_code_stays_a_block_of_its_own(help_centre: None) -> None:
    answer = ask("how do I connect my windows laptop to eduroam")

    assert (
        '\n\n```console Command Prompt\nnetsh wlan delete profile name="eduroam"\n```'
        in answer.text
    )


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("acount lokced after to many atempts", "20 minutes"),
        ("bf visiting, wifi?", "campus-guest"),
        ("print from my phone", "save or share the document as PDF"),
        ("vpn clinet wont instal on my mac m2", "Network Extensions"),
        ("打印机显示余额不足，怎么充值？", "top up"),
        ("are private routers or mesh sets allowed in student housing", "router"),
    ],
)
def test_real_questions_get_what_they_need(help_centre: None, question: str, words: str) -> None:
    assert words in ask(question).text


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("lost my phone at a party", "Get in without your phone"),
        ("printer ate my job", "Print job missing"),
        ("how do i print from my iphone", "upload to the print page"),
        ("how much does printing cost", "Print credit"),
        ("my mailbox is full", "fastest first"),
        ("can i get photoshop for free", "What is free"),
        ("outlook keeps asking for my password", "keeps asking for the password"),
        ("laptop wont boot jsut black screen", "The laptop does not start"),
        ("macbook screen shattered rip", "Broken screen"),
        ("acount lokced after to many atempts", "Account locked"),
    ],
)
def test_the_section_that_fits_the_question_answers(
    help_centre: None, question: str, heading: str
) -> None:
    article = put_together(prompt_for(question).passages)[0]

    assert heading in article.answering(question).heading


def test_an_answer_never_says_yes_to_something_else(help_centre: None) -> None:
    assert "Yes" not in ask("can i get photoshop for free").text


def test_a_price_is_told_before_the_steps(help_centre: None) -> None:
    assert ask("how much does printing cost").text.startswith("It costs print credit")


@pytest.mark.parametrize(
    ("questions", "words"),
    [
        (("forgot my password", "i dont have that phone anymore"), "with photo ID"),
        (("forgot my password", "the code never arrives"), "- By text: check the signal"),
        (("forgot my password", "how long does that take"), "within a few minutes"),
        (("my mailbox is full", "how long does that take"), "within an hour"),
        (("my mailbox is full", "where is that setting"), "**Settings > General > Storage**"),
        (
            ("how do I connect my windows laptop to eduroam", "how long does that take"),
            "The article doesn’t say that",
        ),
    ],
)
def test_a_follow_up_gets_what_it_asks_for(
    help_centre: None, questions: tuple[str, ...], words: str
) -> None:
    assert words in talk(*questions).text


def test_no_paragraph_comes_twice_when_nothing_works(help_centre: None) -> None:
    first = talk("forgot my password", "still not working").text
    second = talk("forgot my password", "still not working", "still not working").text

    cited = {part for part in first.split("\n\n") if MARKER.search(part)}
    assert cited.isdisjoint(second.split("\n\n"))


def test_every_paragraph_step_and_point_of_an_article_is_cited(help_centre: None) -> None:
    prompt = prompt_for("cant recieve anything, senders get a quota exceeded notice")

    paragraphs = knowledge.compose(prompt).text.split("\n\n")[:-1]

    assert len(paragraphs) >= 2
    assert all(MARKER.search(paragraph) for paragraph in paragraphs)
    numbers = {passage.source.number for passage in prompt.passages}
    assert {int(n) for text in paragraphs for n in MARKER.findall(text)} <= numbers


def test_an_answer_is_not_a_whole_article(help_centre: None) -> None:
    for question in ("wifi is slow", "my mailbox is full", "is there a scanner in the library"):
        assert 150 < len(ask(question).text) < 2_400


@pytest.mark.parametrize(
    "question",
    ["what should i cook with two eggs", "asdfghjkl qwe", "how tall is the eiffel tower"],
)
def test_what_the_help_centre_does_not_cover_is_said(help_centre: None, question: str) -> None:
    answer = ask(question)

    assert answer.notice is Notice.UNKNOWN
    assert answer.text == (
        "I don’t know this one. Nothing in the help centre covers it, and I won’t guess. "
        f"A person can help. {desk.a_person_answers(timezone.now())}"
    )


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        ("2026-11-23T10:00", "A person usually answers within 2 hours."),
        ("2026-11-21T20:00", "The desk opens at 8:00 on Monday."),
    ],
)
def test_hours_are_promised_only_while_the_desk_is_open(now: str, sentence: str) -> None:
    local = datetime.fromisoformat(now).replace(tzinfo=campus.time_zone())

    assert desk.a_person_answers(local) == sentence


def test_nothing_found_is_not_known() -> None:
    assert knowledge.compose(Prompt("", "anything")).notice is Notice.UNKNOWN


def test_an_answer_it_is_not_sure_of_names_its_article() -> None:
    prompt = Prompt("", "teams?", (made_passage(1, "Sign in to Teams.", score=0.5),))

    answer = knowledge.compose(prompt)

    assert answer.text.startswith(
        "I’m not sure that this is it. The closest article is **A title**. [1]"
    )
    assert answer.notice is None


def test_a_follow_up_gets_the_sentence_that_answers(help_centre: None) -> None:
    answer = talk("forgot my password", "how long is the code valid")

    assert "valid for a few minutes" in answer.text
    assert "Forgot password" not in answer.text


def test_a_follow_up_about_a_step_names_that_step(help_centre: None) -> None:
    answer = talk("how do I connect my windows laptop to eduroam", "step 2 doesn't work")

    assert answer.text.startswith("That step is: “Enter `you@")


def test_a_follow_up_about_another_device_gets_its_steps(help_centre: None) -> None:
    answer = talk("how do I connect my windows laptop to eduroam", "and on my iphone?")

    assert "geteduroam" in answer.text
    assert "Windows 11" not in answer.text


def test_what_failed_is_not_told_again(help_centre: None) -> None:
    answer = talk("how do I connect my windows laptop to eduroam", "still nothing")

    assert "Then try the next thing: **eduroam still refuses you**" in answer.text
    assert "Click the Wi-Fi symbol" not in answer.text


def test_when_the_article_is_used_up_a_person_is_offered(help_centre: None) -> None:
    questions = ["how do I connect my windows laptop to eduroam", *["still the same"] * 8]

    answer = talk(*questions)

    assert "I would only repeat myself" in answer.text
    assert desk.a_person_answers(timezone.now()) in answer.text


def test_the_same_prompt_gives_the_same_answer(help_centre: None) -> None:
    assert ask("my wifi is slow") == ask("my wifi is slow")


async def streamed(prompt: Prompt) -> tuple[list[str], Finish]:
    said: list[str] = []
    async for chunk in Knowledge().stream(prompt):
        if isinstance(chunk, Finish):
            return said, chunk
        assert isinstance(chunk, Delta)
        said.append(chunk.text)
    raise AssertionError("no Finish came")


@pytest.fixture
def lengthy() -> Prompt:
    steps = "\n".join(f"{n}. Press the button with the number {n} on it." for n in range(1, 9))
    return Prompt("", "the buttons", (made_passage(1, "Do it in order.\n\n" + steps),))


async def test_an_answer_grows_a_few_words_at_a_time(lengthy: Prompt) -> None:
    began = time.perf_counter()

    said, finish = await streamed(lengthy)

    assert "".join(said) == knowledge.compose(lengthy).text
    assert max(len(piece.split()) for piece in said) <= knowledge.WORDS_PER_DELTA
    assert time.perf_counter() - began > len(said) * knowledge.PAUSE_S * 0.8
    assert finish.reason is FinishReason.STOP


async def test_stop_works_in_the_middle(lengthy: Prompt) -> None:
    task = asyncio.create_task(streamed(lengthy))
    await asyncio.sleep(knowledge.PAUSE_S * 3)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cut_answer_goes_on_where_it_ended(lengthy: Prompt) -> None:
    whole = knowledge.compose(lengthy).text
    cut = Prompt(lengthy.instructions, lengthy.question, lengthy.passages, partial=whole[:57])

    said, _finish = await streamed(cut)

    assert whole[:57] + "".join(said) == whole


async def test_somebody_elses_beginning_is_bridged_without_repeating(lengthy: Prompt) -> None:
    begun = "Do it in order. Then the model"
    cut = Prompt(lengthy.instructions, lengthy.question, lengthy.passages, partial=begun)

    said, _finish = await streamed(cut)

    text = "".join(said)
    assert text.startswith("\n\nThe answer was cut off there. The rest, from the help centre:")
    assert "Do it in order" not in text
    assert "8. Press the button" in text
