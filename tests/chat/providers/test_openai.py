"""The Chat Completions adapter against a real server that misbehaves in every known way."""

import asyncio
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import dataclass

import pytest

from chat.completion import Delta, Finish, FinishReason, Notice, Usage
from chat.prompt import Prompt, Speaker, Turn
from chat.providers import base
from chat.providers.base import Deadlines, Provider
from chat.providers.openai import OpenAI, Reading, error_from, messages
from tests.chat.providers.server import ANSWER, MARKDOWN, FakeServer

PATIENT = Deadlines(first_content_s=60, idle_s=60)
HASTY = Deadlines(connect_s=0.3, first_content_s=0.25, idle_s=0.25)
PROMPT = Prompt("Answer from the passages.", "How do I reset my password?")


@dataclass
class Answer:
    text: str
    finish: Finish


def model(server: FakeServer, name: str, deadlines: Deadlines = PATIENT) -> OpenAI:
    return OpenAI(base_url=server.address, key="sk-ada", model=name, deadlines=deadlines)


async def answer_of(provider: Provider, prompt: Prompt = PROMPT) -> Answer:
    said: list[str] = []
    async with aclosing(provider.stream(prompt)) as chunks:
        async for chunk in chunks:
            if isinstance(chunk, Finish):
                return Answer("".join(said), chunk)
            said.append(chunk.text)
    raise AssertionError("no Finish came")


@contextmanager
def full_socket() -> Iterator[int]:
    """The port of a listening socket whose queue is full: it takes no further connection."""
    with ExitStack() as open_sockets:
        listening = open_sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        port = listening.getsockname()[1]
        for _ in range(4):
            waiting = open_sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        yield port


async def text_before_error(provider: Provider, error: type[Exception]) -> str:
    said: list[str] = []
    with pytest.raises(error):
        async for chunk in provider.stream(PROMPT):
            assert isinstance(chunk, Delta)
            said.append(chunk.text)
    return "".join(said)


def test_it_is_a_provider(server: FakeServer) -> None:
    assert isinstance(OpenAI(base_url="http://x/v1", key="", model="m"), Provider)


async def test_an_answer_arrives_whole_with_its_usage(server: FakeServer) -> None:
    answer = await answer_of(model(server, "fast"))

    assert answer.text.strip() == ANSWER
    assert answer.finish.reason is FinishReason.STOP
    assert answer.finish.usage == Usage(input_tokens=120, output_tokens=48, cached_tokens=64)


async def test_markdown_keeps_every_character(server: FakeServer) -> None:
    answer = await answer_of(model(server, "markdown"))

    assert answer.text.removesuffix(" ") == MARKDOWN


async def test_the_first_word_does_not_wait_for_the_last(server: FakeServer) -> None:
    server.words_per_second = 20
    began = time.perf_counter()

    async with aclosing(model(server, "fast").stream(PROMPT)) as chunks:
        await anext(chunks)

    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    ("name", "reason", "notice"),
    [
        ("filtered", FinishReason.CONTENT_FILTER, Notice.DECLINED),
        ("refusal", FinishReason.REFUSAL, None),
        ("length", FinishReason.LENGTH, None),
        ("strange", FinishReason.UNKNOWN, None),
        ("done_only", FinishReason.UNKNOWN, None),
        ("without_done", FinishReason.STOP, None),
    ],
)
async def test_how_an_answer_ended_is_never_taken_for_success_unseen(
    server: FakeServer, name: str, reason: FinishReason, notice: Notice | None
) -> None:
    answer = await answer_of(model(server, name))

    assert (answer.finish.reason, answer.finish.notice) == (reason, notice)
    assert answer.text


async def test_usage_that_comes_twice_counts_once(server: FakeServer) -> None:
    answer = await answer_of(model(server, "double_usage"))

    assert answer.finish.usage == Usage(120, 48, 64)


async def test_bytes_that_arrive_one_by_one_are_put_together(server: FakeServer) -> None:
    answer = await answer_of(model(server, "split"))

    assert answer.text == "Grüße 🌊"


async def test_one_unreadable_event_is_skipped_and_counted(
    server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        answer = await answer_of(model(server, "malformed"))

    assert answer.text.replace("  ", " ").strip().endswith("press Finish [1].")
    assert [record.getMessage() for record in caplog.records] == [
        "A provider sent 1 unreadable events"
    ]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("limited", base.RateLimited),
        ("limited_bare", base.RateLimited),
        ("quota", base.Quota),
        ("unauthorized", base.Auth),
        ("unpaid", base.Billing),
        ("unknown_model", base.NotFound),
        ("too_long", base.ContextTooLong),
        ("blocked", base.ContentBlocked),
        ("wrong", base.BadRequest),
        ("broken", base.ServerError),
        ("overloaded", base.Overloaded),
        ("moved", base.BadRequest),
        ("no_stream", base.Malformed),
        ("nonsense", base.Malformed),
        ("endless_line", base.Malformed),
    ],
)
async def test_a_failure_before_the_first_word_has_a_name(
    server: FakeServer, name: str, error: type[base.ProviderError]
) -> None:
    assert await text_before_error(model(server, name), error) == ""


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("error", base.ServerError),
        ("cut", base.StreamCut),
        ("megabytes", base.Malformed),
    ],
)
async def test_a_failure_after_words_leaves_them_said(
    server: FakeServer, name: str, error: type[base.ProviderError]
) -> None:
    said = await text_before_error(model(server, name), error)

    assert said.startswith(("Open the password page", "all work"))
    assert len(said) <= base.MAX_ANSWER_CHARS


async def test_pings_and_empty_frames_are_no_first_word(server: FakeServer) -> None:
    assert await text_before_error(model(server, "silent", HASTY), base.FirstContentTimeout) == ""


async def test_pings_are_no_words_between_words_either(server: FakeServer) -> None:
    assert await text_before_error(model(server, "stall", HASTY), base.IdleTimeout)


@pytest.mark.parametrize(("name", "seconds"), [("limited", 7), ("limited_ms", 1.5)])
async def test_how_long_to_wait_is_read_from_the_headers(
    server: FakeServer, name: str, seconds: float
) -> None:
    with pytest.raises(base.RateLimited) as caught:
        await answer_of(model(server, name))

    assert caught.value.retry_after == pytest.approx(seconds)
    assert caught.value.retryable


async def test_the_whole_answer_has_a_deadline_too(server: FakeServer) -> None:
    deadlines = Deadlines(first_content_s=1, idle_s=1, total_s=0.7)

    said = await text_before_error(model(server, "slow", deadlines), base.TotalTimeout)

    assert said


async def test_a_finished_answer_does_not_wait_for_a_server_that_holds_the_line(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.providers.openai.AFTER_FINISH_S", 0.05)

    answer = await answer_of(model(server, "lingering"))

    assert answer.finish.reason is FinishReason.STOP


async def test_nobody_listening_is_unreachable(server: FakeServer) -> None:
    provider = OpenAI(base_url="http://127.0.0.1:1/v1", key="", model="fast", deadlines=HASTY)

    await text_before_error(provider, base.Unreachable)


async def test_an_address_that_never_answers_is_a_connect_timeout(server: FakeServer) -> None:
    deadlines = Deadlines(connect_s=0.3)
    with full_socket() as port:
        provider = OpenAI(
            base_url=f"http://127.0.0.1:{port}/v1", key="", model="m", deadlines=deadlines
        )

        await text_before_error(provider, base.ConnectTimeout)


async def test_stopping_closes_the_connection(server: FakeServer) -> None:
    async with aclosing(model(server, "slow").stream(PROMPT)) as chunks:
        await anext(chunks)
        assert server.open_streams == 1

    for _ in range(100):
        if not server.open_streams:
            break
        await asyncio.sleep(0.02)
    assert server.open_streams == 0


async def test_many_streams_run_side_by_side(server: FakeServer) -> None:
    server.words_per_second = 100

    answers = await asyncio.gather(*(answer_of(model(server, "fast")) for _ in range(120)))

    assert {answer.text.strip() for answer in answers} == {ANSWER}


async def test_the_key_is_in_the_header_and_nowhere_else(
    server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="chat"):
        await answer_of(model(server, "fast"))
        with pytest.raises(base.Auth) as caught:
            await answer_of(model(server, "unauthorized"))

    assert server.keys == ["Bearer sk-ada", "Bearer sk-ada"]
    assert "sk-" not in str(server.requests) + caplog.text + str(caught.value)


async def test_an_error_never_repeats_what_the_provider_wrote(server: FakeServer) -> None:
    with pytest.raises(base.BadRequest) as caught:
        await answer_of(model(server, "wrong"))

    assert str(caught.value) == "400"


async def test_a_server_without_a_key_gets_none(server: FakeServer) -> None:
    await answer_of(OpenAI(base_url=server.address + "/", key="", model="fast", deadlines=HASTY))

    assert server.keys == [""]


async def test_the_request_asks_for_a_bounded_stream_with_usage(server: FakeServer) -> None:
    await answer_of(model(server, "fast"))

    request = server.requests[0]
    assert request["stream"] is True
    assert request["stream_options"] == {"include_usage": True}
    assert request["max_tokens"] == 4000


def test_roles_are_kept_apart_and_a_cut_answer_is_carried_on() -> None:
    turns = (Turn(Speaker.STUDENT, "hello"), Turn(Speaker.ASSISTANT, "Hello, Ada."))
    prompt = Prompt("Obey this.", "And my phone?", turns=turns, partial="Open the")

    sent = messages(prompt)

    assert [message["role"] for message in sent] == [
        "system", "user", "assistant", "user", "assistant", "user",
    ]  # fmt: skip
    assert sent[0]["content"] == "Obey this."
    assert "And my phone?" in sent[3]["content"]
    assert sent[4]["content"] == "Open the"


@pytest.mark.parametrize(
    "data", ["[]", "7", "null", '{"choices": 3}', '{"choices": [7]}', '{"choices": [{"delta": 1}]}',
             '{"usage": {"prompt_tokens": "many"}}', '{"choices": [{"delta": {"content": 5}}]}']
)  # fmt: skip
def test_events_of_the_wrong_shape_say_nothing(data: str) -> None:
    assert Reading().take(data) is None


@pytest.mark.parametrize(
    ("detail", "error"),
    [
        ({"code": "rate_limit_exceeded"}, base.RateLimited),
        ({"code": 429}, base.RateLimited),
        ({"code": 503}, base.Overloaded),
        ({"type": "overloaded_error"}, base.Overloaded),
        ({"type": "invalid_request_error"}, base.BadRequest),
        ({"code": "context_length_exceeded"}, base.ContextTooLong),
        ("it broke", base.ServerError),
        (None, base.ServerError),
    ],
)
def test_errors_inside_the_stream_have_the_same_names(
    detail: object, error: type[base.ProviderError]
) -> None:
    assert type(error_from(detail)) is error
