"""The story of a turn: guard, small talk, cache, knowledge, provider.

The first with something to say says it. All speak `Delta … Finish`, so refusal, kept answer and
live completion look alike to all that follows. The first Delta names the sources on offer, the
Finish those that were cited.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

from channels.db import database_sync_to_async

from accounts import campus
from chat import cache, followup, guard, prompts, providers, secrets, smalltalk, sources
from chat.citations import cited
from chat.completion import Chunk, Delta, Finish, FinishReason, Notice
from chat.guard import Action, Verdict
from chat.prompt import Prompt, Speaker, Turn, build
from knowledge.models import Reader
from knowledge.search import FLOOR

COURSEWORK = "coursework"  # what the names of the rules about it begin with

Write = Callable[[Prompt], AsyncGenerator[Chunk]]


@dataclass(frozen=True, slots=True)
class Context:
    """A question, who asks it, what was said before, and the answer so far when it goes on.

    `is_again` asks for another answer to a question that has one: kept answers are passed over.
    `device` is the operating system it was sent from; one that the question names comes first.
    """

    question: str
    reader: Reader
    turns: tuple[Turn, ...] = ()
    partial: str = ""
    is_again: bool = False
    device: str = ""


async def compose(context: Context) -> AsyncGenerator[Chunk]:
    """Answer one turn; raises a ProviderError only after text was yielded."""
    asked = [turn.text for turn in context.turns if turn.speaker is Speaker.STUDENT]
    verdict = await guard.check(context.question, history=asked)
    small = smalltalk.reply(context.question, context.turns)
    write = (
        providers.from_knowledge if verdict.action is Action.KNOWLEDGE_ONLY else providers.stream
    )
    if verdict.action in {Action.DECLINE, Action.CRISIS}:
        answer = _said(verdict.notice, context, FinishReason.CONTENT_FILTER, _notice(verdict))
    elif verdict.action is Action.PERSON:
        answer = _first_this(verdict.notice, context, Notice.SECURITY)
    elif small:
        answer = _said(small.text, context, FinishReason.STOP)
    elif lead := secrets.lead(context.question):
        answer = _first_this(lead, context, write=write)
    elif verdict.action is Action.KNOWLEDGE_ONLY:
        answer = _written(context, write)
    else:
        answer = _kept_or_written(context)
    async with aclosing(answer):
        async for chunk in answer:
            yield chunk


async def _said(
    template: str, context: Context, reason: FinishReason, notice: Notice | None = None
) -> AsyncGenerator[Chunk]:
    """A ready sentence with the campus filled in."""
    yield Delta(campus.fill_in(template).removeprefix(context.partial))
    yield Finish(reason, notice)


async def _first_this(
    template: str, context: Context, notice: Notice | None = None, write: Write = providers.stream
) -> AsyncGenerator[Chunk]:
    """What has to be done or known at once, then the answer; a notice stands beside both."""
    lead = campus.fill_in(template) + "\n\n"
    if not context.partial.startswith(lead):
        yield Delta(lead.removeprefix(context.partial))
    context = replace(context, partial=context.partial.removeprefix(lead))
    async with aclosing(_written(context, write)) as chunks:
        async for chunk in chunks:
            if notice is not None and isinstance(chunk, Finish):
                chunk = replace(chunk, notice=notice)
            yield chunk


async def _kept_or_written(context: Context) -> AsyncGenerator[Chunk]:
    """The answer given before to this very question, else a new one, which is then kept."""
    provider, is_alone = providers.configured(), not (context.turns or context.partial)
    asked = cache.Asked(context.question, context.reader, provider, context.device)
    if is_alone and not context.is_again and (kept := await cache.get(asked)):
        yield Delta(kept.text, kept.sources)
        yield Finish(FinishReason.STOP, None, kept.sources, None, provider.name, provider.model)
        return
    text = ""
    async with aclosing(_written(context, providers.stream)) as chunks:
        async for chunk in chunks:
            if isinstance(chunk, Delta):
                text += chunk.text
            elif is_alone:
                await cache.put(asked, text, chunk)
            yield chunk


async def _written(context: Context, write: Write) -> AsyncGenerator[Chunk]:
    """Search, build the prompt, and let the provider write.

    When nothing is found for a first question no model is asked: it could only guess.
    """
    prompt = await _prompt(context)
    if not context.turns and all(passage.score < FLOOR for passage in prompt.passages):
        write = providers.from_knowledge
    offered = tuple(passage.source for passage in prompt.passages)
    names, text = offered, context.partial
    async with aclosing(write(prompt)) as chunks:
        async for chunk in chunks:
            if isinstance(chunk, Finish):
                yield replace(chunk, sources=cited(text, offered))
            else:
                if chunk.sources:
                    names = offered = chunk.sources
                text += chunk.text
                yield Delta(chunk.text, names)
                names = ()


async def _prompt(context: Context) -> Prompt:
    question = secrets.without_markers(context.question)
    turns = tuple(replace(one, text=secrets.without_markers(one.text)) for one in context.turns)
    carried = followup.carry(turns, question)
    carried = replace(carried, system=carried.system or context.device)
    passages = await database_sync_to_async(sources.find)(carried, reader=context.reader)
    return build(
        question,
        instructions=prompts.instructions(),
        passages=passages,
        turns=turns,
        system=carried.system,
        partial=context.partial,
    )


def _notice(verdict: Verdict) -> Notice:
    if verdict.action is Action.CRISIS:
        return Notice.CRISIS
    return Notice.COURSEWORK if verdict.rule.startswith(COURSEWORK) else Notice.DECLINED
