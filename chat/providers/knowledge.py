"""Answers without any model: the help centre's own words, picked, put in order and cited.

A first question gets one article: a sentence that answers, the steps for the person's device,
a warning that fits, and what to do when it fails. A follow-up gets only what answers it now.
Below the floor of the search it says that it does not know.
"""

import asyncio
import math
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from chat import desk, followup
from chat.citations import in_order_of_use
from chat.completion import Chunk, Delta, Finish, FinishReason, Notice
from chat.prompt import Prompt, Speaker
from chat.providers import parts
from chat.providers.article import (
    Article,
    Candidate,
    Section,
    asks_amount,
    blocks_of,
    put_together,
    tells_amount,
)
from chat.providers.article import relevance as relevance_of
from chat.providers.blocks import Kind, split_sentences
from knowledge import systems
from knowledge.search import FLOOR

WORDS_PER_DELTA = 4
PAUSE_S = 0.012
DOUBTFUL = 0.5
CLOSE = 0.6
RELEVANT = 0.45
ANSWERS = 0.5

PIECE = re.compile(rf"\s*(?:\S+\s*){{1,{WORDS_PER_DELTA}}}")
FAILED_AGAIN = re.compile(
    r"\b(?:still|same (?:thing|error|problem|result)|did(?:n.?t| not) (?:help|work|change|do)"
    r"|does(?:n.?t| not) (?:help|work)|not working|no (?:luck|change|difference|effect)"
    r"|nothing (?:changed|happens|happened|works|helped)|no joy|tried (?:that|all|it|both)"
    r"|did (?:that|all|both))\b",
    re.IGNORECASE,
)
WHERE = re.compile(
    r"\bwhere(?:[’']?s| is| are| do i (?:find|see|get)| can i (?:find|see|get))?"
    r" (?:that|this|it|those|these|the)\b(?=\W*(?:\w+\W*){0,2}$)",
    re.IGNORECASE,
)
PATH = re.compile(r"\*\*[^*]+ > [^*]+\*\*|\*\* > \*\*")
LEAD_IN = re.compile(r"(?<=[.!?])\s+[^.!?]*:$")


class Knowledge:
    """The help centre as a provider: nothing leaves the house and nothing is charged."""

    name = "knowledge"
    model = ""
    is_metered = False

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk]:
        answer = compose(prompt)
        offered = (passage.source for passage in prompt.passages)
        text, names = in_order_of_use(answer.text, offered)
        for piece in PIECE.findall(_rest(text, prompt.partial)):
            yield Delta(piece, names)
            names = ()
            await asyncio.sleep(PAUSE_S)
        yield Finish(FinishReason.STOP, notice=answer.notice)


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    notice: Notice | None = None


def compose(prompt: Prompt) -> Answer:
    """The whole answer to a prompt; the same prompt always gives the same answer."""
    articles = put_together(prompt.passages)
    if not articles or articles[0].score < FLOOR:
        return Answer(unknown(), Notice.UNKNOWN)
    cited = _cited_last(prompt)
    article = articles[0]
    if article.id in cited:
        return Answer(_following_up(prompt, article))
    return Answer(_first_answer(prompt, articles))


def unknown() -> str:
    said = _(
        "I don’t know this one. Nothing in the help centre covers it, and I won’t guess. "
        "A person can help."
    )
    return f"{said} {desk.a_person_answers(timezone.now())}"


def _first_answer(prompt: Prompt, articles: Sequence[Article]) -> str:
    article = articles[0]
    section = article.answering(prompt.question)
    if article.score < DOUBTFUL:
        return parts.joined(
            [
                parts.doubt(article, section),
                parts.summary(prompt.question, article, section),
                parts.otherwise(),
            ]
        )
    opening = _opening(prompt.question, article, section)
    body = parts.body(prompt, section, is_opened=bool(opening))
    return parts.joined(
        [
            parts.doubt(article, section),
            *opening,
            *body,
            *_warning(prompt.question, article, section),
            *parts.other_devices(prompt, section),
            *_another_aspect(prompt.question, articles, body),
            parts.closing(body),
        ]
    )


def _following_up(prompt: Prompt, article: Article) -> str:
    """What the article says to this question and has not said before."""
    before = _said_before(prompt)
    has_failed = bool(FAILED_AGAIN.search(prompt.question))
    if section := _section_for_device(prompt, article, before):
        answer = _for_device(prompt, section)
        if not parts.is_said(answer, before):
            return answer
        return _next_try(prompt, article, before) if has_failed else parts.nothing_new()
    if step := _step_meant(prompt):
        return _about_step(prompt, article, step, before)
    if has_failed:
        return _next_try(prompt, article, before)
    if section := _section_meant(prompt, article, before):
        body = parts.body(prompt, section)
        return parts.joined([*body, *parts.other_devices(prompt, section), parts.closing(body)])
    return _in_few_words(prompt, article, before)


def _in_few_words(prompt: Prompt, article: Article, before: str) -> str:
    """The excerpt that answers and is new, else the next section."""
    is_telling = followup.is_telling(prompt.question)
    if not is_telling and asks_amount(prompt.question):
        return _amount(prompt, article, before)
    answering = _answering(prompt, article, prompt.question if is_telling else _asked(prompt, 1))
    new = _first_new(answering, before)
    return new or (
        parts.nothing_new(answering[0]) if answering else _other_section(prompt, article, before)
    )


def _step_meant(prompt: Prompt) -> str:
    """The step a question speaks of by its number, or by "where is that"; "" for none."""
    if step := followup.open_step(prompt.turns, prompt.question):
        return step
    answers = [turn.text for turn in prompt.turns if turn.speaker is Speaker.ASSISTANT]
    if not (answers and WHERE.search(prompt.question)):
        return ""
    steps = list(followup.steps_in(answers[-1]).values())
    prose = split_sentences(followup.MARKER.sub("", answers[-1]))
    paths = [one for one in steps or prose if PATH.search(one)] or steps[:1]
    scores = relevance_of(prompt.question, paths)
    return max(zip(scores, paths, strict=True), key=lambda pair: pair[0], default=(0.0, ""))[1]


def _section_meant(prompt: Prompt, article: Article, before: str) -> Section | None:
    """The section whose heading says what the question says, unless it was shown."""
    section = article.for_want(prompt.question) or article.headed(prompt.question)
    return None if section is None or parts.is_said(section.plain, before) else section


def _amount(prompt: Prompt, article: Article, before: str) -> str:
    """The sentence with the amount asked for, from what was shown or speaks of its subject."""
    subject = article.subject(_asked(prompt, 1))
    found = [
        (parts.share_said(section.plain, before), place, sentence, passage)
        for place, section in enumerate(article.sections)
        for passage in section.passages
        if parts.fits_device(passage, prompt)
        for block in blocks_of(passage)
        for sentence in block.sentences()
        if tells_amount(prompt.question, sentence)
    ]
    telling = [one for one in found if one[0] or article.speaks_of(subject, one[2])]
    if not telling:
        return parts.not_in_it()
    _share, _place, sentence, passage = max(telling, key=lambda one: (one[0], -one[1]))
    return f"{_without_lead_in(sentence)} [{passage.source.number}]"


def _section_for_device(prompt: Prompt, article: Article, before: str) -> Section | None:
    """When a device is named: the section that was shown, else the best with steps for it."""
    wanted = systems.named_in(prompt.question)
    telling = [one for one in article.sections if any(parts.has(one, system) for system in wanted)]
    if not telling:
        return None
    return max(telling, key=lambda one: (parts.share_said(one.plain, before), one.score))


def _for_device(prompt: Prompt, section: Section) -> str:
    body = parts.body(prompt, section, is_opened=True)
    return parts.joined([*body, *parts.other_devices(prompt, section), parts.closing(body)])


def _about_step(prompt: Prompt, article: Article, step: str, before: str) -> str:
    """The step in question by its own words, and what else the article says about it."""
    named = _("That step is: “%(step)s”") % {"step": step}
    if WHERE.search(prompt.question):
        return f"{named} [{_number_of(article, step)}]"
    detail = _first_new(_answering(prompt, article, f"{prompt.question} {step}"), before)
    return parts.joined([named, detail or _next_try(prompt, article, before)])


def _number_of(article: Article, step: str) -> int:
    """The number of the passage that has the step, else of the article's first."""
    having = (one for one in article.passages if parts.share_said(step, one.text))
    return next(having, article.passages[0]).source.number


def _next_try(prompt: Prompt, article: Article, before: str) -> str:
    """The first section on trouble that was not shown yet; a person when there is none."""
    fresh = [
        section
        for section in article.sections
        if (section.is_about_trouble or section is article.sections[-1])
        and not parts.is_said(section.plain, before, share=0.5)
    ]
    if not fresh:
        return parts.nothing_new()
    scores = relevance_of(_asked(prompt, 2), [f"{one.heading} {one.plain}" for one in fresh])
    section = max(zip(scores, fresh, strict=True), key=lambda pair: pair[0])[1]
    body = [one for one in parts.body(prompt, section) if not parts.is_said(one, before)]
    lead = _("Then try the next thing: **%(heading)s**.") % {"heading": section.heading}
    return parts.joined([lead, *body, parts.person()])


def _answering(prompt: Prompt, article: Article, question: str) -> list[str]:
    """The three best excerpts that answer the question, best first; [] when none does."""
    candidates = [
        candidate
        for candidate in article.rank(question)
        if candidate.score >= ANSWERS and parts.fits_device(candidate.passage, prompt)
    ]
    return [_excerpt(question, candidate) for candidate in candidates[:3]]


def _first_new(excerpts: Sequence[str], before: str) -> str:
    return next((excerpt for excerpt in excerpts if not parts.is_said(excerpt, before)), "")


def _other_section(prompt: Prompt, article: Article, before: str) -> str:
    """The section that the search likes best, unless it was shown already."""
    for section in sorted(article.sections, key=lambda section: -section.score):
        if section.score >= FLOOR and not parts.is_said(section.plain, before, share=0.5):
            body = parts.body(prompt, section)
            return parts.joined([*body, *parts.other_devices(prompt, section), parts.closing(body)])
    return parts.nothing_new()


def _excerpt(question: str, candidate: Candidate) -> str:
    """Steps whole; of prose and points the one or two sentences that answer, in their order."""
    block, number = candidate.block, candidate.passage.source.number
    pieces = list(block.items) or block.sentences()
    if block.kind is Kind.STEPS or len(pieces) <= 2:
        return block.cited(number)
    scores = relevance_of(question, pieces)
    best = max(range(len(pieces)), key=scores.__getitem__)
    told = pieces[best : best + (1 if block.items else 2)]
    return f"{_without_lead_in(' '.join(told))} [{number}]"


def _without_lead_in(text: str) -> str:
    """The text without a last sentence that leads to a list."""
    return LEAD_IN.sub("", text)


def _opening(question: str, article: Article, section: Section) -> list[str]:
    """The sentences of the article's summary that answer the question.

    Where the article begins to answer, its first sentence always does; elsewhere only the best.
    """
    sentences = split_sentences(article.summary_for(question))
    if article.is_in_trouble(question) and not article.begins_with(section):
        return []
    scores = relevance_of(question, sentences)
    enough = RELEVANT if article.begins_with(section) else max([RELEVANT, *scores])
    first = blocks_of(section.passages[0])[0]
    begins = first.text if first.kind is Kind.PROSE else ""
    said = [
        sentence
        for place, (sentence, score) in enumerate(zip(sentences, scores, strict=True))
        if (score >= enough or (place == 0 and article.begins_with(section)))
        and not parts.is_said(sentence, section.plain)
        and not parts.is_covered(sentence, begins)
    ]
    return [f"{' '.join(said)} [{section.passages[0].source.number}]"] if said else []


def _warning(question: str, article: Article, section: Section) -> list[str]:
    """The article's warning that has to do with the question, unless the section shows it."""
    warnings = [
        (passage, block)
        for passage, block in article.blocks
        if block.kind is Kind.WARNING and (section.by_system or passage not in section.passages)
    ]
    scores = relevance_of(question, [block.text for _passage, block in warnings])
    best = max(zip(scores, warnings, strict=True), key=lambda pair: pair[0], default=None)
    if best is None or best[0] < RELEVANT:
        return []
    passage, block = best[1]
    return [block.cited(passage.source.number)]


def _another_aspect(question: str, articles: Sequence[Article], body: Sequence[str]) -> list[str]:
    """One line on a second article that fits as well and says something else."""
    if len(articles) < 2 or not (told := articles[1].summary_for(question)):
        return []
    first, second = articles[0], articles[1]
    is_close = _odds(first.score) - _odds(second.score) <= CLOSE and second.score >= parts.SURE
    if not is_close or parts.is_said(told, " ".join(body), share=0.5):
        return []
    summary = split_sentences(told)[0]
    lead = _("It may also be **%(title)s**:") % {"title": second.title}
    return [f"{lead} {summary} [{second.passages[0].source.number}]"]


def _cited_last(prompt: Prompt) -> tuple[int, ...]:
    cited = [turn.cited for turn in prompt.turns if turn.cited]
    return cited[-1] if cited else ()


def _said_before(prompt: Prompt) -> str:
    answers = [turn.text for turn in prompt.turns if turn.speaker is Speaker.ASSISTANT]
    return " ".join(answers)


def _asked(prompt: Prompt, back: int) -> str:
    """The question together with the student's questions before it."""
    asked = [turn.text for turn in prompt.turns if turn.speaker is Speaker.STUDENT]
    return " ".join([*asked[-back:], prompt.question])


def _odds(score: float) -> float:
    bounded = min(max(score, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))


def _rest(text: str, partial: str) -> str:
    """What is left to say after `partial`; somebody else's beginning gets what it lacks."""
    if text.startswith(partial):
        return text[len(partial) :]
    missing = [part for part in text.split("\n\n") if not parts.is_said(part, partial)]
    lead = _("The answer was cut off there. The rest, from the help centre:")
    return "\n\n" + parts.joined([lead, *missing])
