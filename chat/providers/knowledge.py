"""Answers without any model: the help centre's own words, picked, put in order and cited.

A first question gets one article: a sentence that answers, the steps for the person's device,
a warning that fits, and what to do when it fails. A follow-up gets only what answers it now.
Below the floor of the search it says that it does not know.
"""

import asyncio
import math
import re
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts import campus
from chat import followup
from chat.completion import Chunk, Delta, Finish, FinishReason, Notice
from chat.prompt import Passage, Prompt, Speaker
from chat.providers.article import Article, Candidate, Section, blocks_of, name_of, put_together
from chat.providers.article import relevance as relevance_of
from chat.providers.blocks import Block, Kind, split_sentences
from knowledge import systems
from knowledge.search import FLOOR
from knowledge.search.text import plain

WORDS_PER_DELTA = 4
PAUSE_S = 0.012
USUAL_CHARS = 1_200
SURE = 0.75
CLOSE = 0.6
RELEVANT = 0.45
ANSWERS = 0.5
SAID_SHARE = 0.8
COMMONEST = (systems.WINDOWS, systems.MACOS, systems.IOS, systems.ANDROID)

PIECE = re.compile(rf"\s*(?:\S+\s*){{1,{WORDS_PER_DELTA}}}")
MARKER = re.compile(r"\[\d{1,2}\]")
FAILED_AGAIN = re.compile(
    r"\b(?:still|same (?:thing|error|problem|result)|did(?:n.?t| not) (?:help|work|change|do)"
    r"|does(?:n.?t| not) (?:help|work)|not working|no (?:luck|change|difference|effect)"
    r"|nothing (?:changed|happens|happened|works|helped)|no joy|tried (?:that|all|it|both)"
    r"|did (?:that|all|both))\b",
    re.IGNORECASE,
)


class Knowledge:
    """The help centre as a provider: nothing leaves the house and nothing is charged."""

    name = "knowledge"
    model = ""
    is_metered = False

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk]:
        answer = compose(prompt)
        for piece in PIECE.findall(_rest(answer.text, prompt.partial)):
            yield Delta(piece)
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
    return campus.fill_in(
        _(
            "I don’t know this one. Nothing in the help centre covers it, and I won’t guess. "
            "A person can, usually within {{ campus.desk.first_answer }}."
        )
    )


def _first_answer(prompt: Prompt, articles: Sequence[Article]) -> str:
    article = articles[0]
    section = article.answering(prompt.question)
    opening = _opening(prompt.question, article, section)
    body = _body(prompt, section, is_opened=bool(opening))
    return _joined(
        [
            _doubt(article, section),
            *opening,
            *body,
            *_warning(prompt.question, article, section),
            *_other_devices(prompt, section),
            *_another_aspect(articles, body),
            _closing(body),
        ]
    )


def _following_up(prompt: Prompt, article: Article) -> str:
    """What the article says to this question and has not said before."""
    before = _said_before(prompt)
    section = _shown_section(article, before)
    if systems.named_in(prompt.question) and section and section.by_system:
        answer = _for_device(prompt, section)
        return answer if not _is_said(answer, before) else _nothing_new()
    if step := followup.open_step(prompt.turns, prompt.question):
        return _about_step(prompt, article, step, before)
    if FAILED_AGAIN.search(prompt.question):
        return _next_try(prompt, article, before)
    return _detail(prompt, article, prompt.question, before) or _other_section(
        prompt, article, before
    )


def _for_device(prompt: Prompt, section: Section) -> str:
    body = _body(prompt, section, is_opened=True)
    return _joined([*body, *_other_devices(prompt, section), _closing(body)])


def _about_step(prompt: Prompt, article: Article, step: str, before: str) -> str:
    """The step in question by its own words, and what else the article says about it."""
    named = _("That step is: “%(step)s”") % {"step": step}
    detail = _detail(prompt, article, f"{prompt.question} {step}", before)
    return _joined([named, detail or _next_try(prompt, article, before)])


def _next_try(prompt: Prompt, article: Article, before: str) -> str:
    """The first section on trouble that was not shown yet; a person when there is none."""
    fresh = [
        section
        for section in article.sections
        if (section.is_about_trouble or section is article.sections[-1])
        and not _is_said(section.plain, before, share=0.5)
    ]
    if not fresh:
        return _nothing_new()
    scores = relevance_of(_asked(prompt), [f"{one.heading} {one.plain}" for one in fresh])
    section = max(zip(scores, fresh, strict=True), key=lambda pair: pair[0])[1]
    body = _body(prompt, section)
    lead = _("Then try the next thing: **%(heading)s**.") % {"heading": section.heading}
    return _joined([lead, *body, _person()])


def _detail(prompt: Prompt, article: Article, question: str, before: str) -> str:
    """The block that answers, or its sentences when it is long; "" when none does."""
    candidates = [
        candidate
        for candidate in article.rank(question)
        if candidate.score >= ANSWERS and _fits_device(candidate.passage, prompt)
    ]
    for candidate in candidates[:3]:
        text = _excerpt(question, candidate)
        if not _is_said(text, before):
            return text
    if candidates:
        return _nothing_new(_excerpt(question, candidates[0]))
    return ""


def _other_section(prompt: Prompt, article: Article, before: str) -> str:
    """The section that the search likes best, unless it was shown already."""
    for section in sorted(article.sections, key=lambda section: -section.score):
        if section.score >= FLOOR and not _is_said(section.plain, before, share=0.5):
            body = _body(prompt, section)
            return _joined([*body, *_other_devices(prompt, section), _closing(body)])
    return _nothing_new()


def _excerpt(question: str, candidate: Candidate) -> str:
    """Steps whole; of prose and points the one or two sentences that answer, in their order."""
    block, number = candidate.block, candidate.passage.source.number
    pieces = list(block.items) or block.sentences()
    if block.kind is Kind.STEPS or len(pieces) <= 2:
        return block.cited(number)
    scores = relevance_of(question, pieces)
    best = max(range(len(pieces)), key=scores.__getitem__)
    told = pieces[best : best + (1 if block.items else 2)]
    return " ".join(told) + f" [{number}]"


def _body(prompt: Prompt, section: Section, *, is_opened: bool = False) -> list[str]:
    """The section's blocks for the person's device, the most telling ones when it is long.

    After an opening the words before the devices' own steps are left out.
    """
    chosen = [
        (passage, block)
        for passage in (*section.general, *_for_systems(prompt, section))
        for block in blocks_of(passage)
        if passage.system
        or not section.by_system
        or block.kind is Kind.STEPS
        or (block.kind is Kind.PROSE and not is_opened)
    ]
    parts: list[str] = []
    named = prompt.system
    for passage, block in _within_budget(prompt.question, chosen):
        if passage.system and passage.system != named:
            named = passage.system
            parts.append(f"**{name_of(passage)}**")
        parts.append(block.cited(passage.source.number))
    return parts


def _within_budget(
    question: str, chosen: Sequence[tuple[Passage, Block]]
) -> list[tuple[Passage, Block]]:
    """The first block, every list of steps with its code, then what fits best, in order."""
    scores = relevance_of(question, [block.text for _passage, block in chosen])
    kept = {
        place
        for place, (_passage, block) in enumerate(chosen)
        if place == 0 or block.kind is Kind.STEPS
    }
    left = USUAL_CHARS - sum(len(chosen[place][1].text) for place in kept)
    for place in sorted(range(len(chosen)), key=lambda place: -scores[place]):
        if place not in kept and len(chosen[place][1].text) <= left:
            kept.add(place)
            left -= len(chosen[place][1].text)
    return [chosen[place] for place in sorted(kept) if _has_its_lead(chosen, kept, place)]


def _has_its_lead(chosen: Sequence[tuple[Passage, Block]], kept: set[int], place: int) -> bool:
    """Code and tables mean nothing without the words before them."""
    alone = chosen[place][1].kind in {Kind.CODE, Kind.TABLE}
    return not alone or place == 0 or place - 1 in kept


def _for_systems(prompt: Prompt, section: Section) -> Sequence[Passage]:
    """The passages for the devices meant; when none is known, the commonest device's."""
    if not section.by_system:
        return ()
    wanted = _wanted(prompt)
    meant = [passage for passage in section.by_system if passage.system in wanted]
    if meant or wanted:
        return meant
    ranked = [system for system in COMMONEST if _has(section, system)]
    likeliest = ranked[0] if ranked else section.by_system[0].system
    return [passage for passage in section.by_system if passage.system == likeliest]


def _other_devices(prompt: Prompt, section: Section) -> list[str]:
    """Which other devices there are steps for, and the question which one it is."""
    shown = {passage.system for passage in _for_systems(prompt, section)}
    others = [name_of(one) for one in section.by_system if one.system not in shown]
    wanted = _wanted(prompt)
    if not others or (shown and wanted):
        return []
    names = {"devices": _listed(others)}
    if wanted:
        return [_("There are steps for %(devices)s, but none for your device.") % names]
    return [_("On another device? I have the steps for %(devices)s too; say which.") % names]


def _opening(question: str, article: Article, section: Section) -> list[str]:
    """The sentences of the article's summary that answer the question.

    Where the article begins to answer, its first sentence always does.
    """
    sentences = split_sentences(article.summary)
    scores = relevance_of(question, sentences)
    said = [
        sentence
        for place, (sentence, score) in enumerate(zip(sentences, scores, strict=True))
        if (score >= RELEVANT or (place == 0 and article.begins_with(section)))
        and not _is_said(sentence, section.plain)
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


def _another_aspect(articles: Sequence[Article], body: Sequence[str]) -> list[str]:
    """One line on a second article that fits as well and says something else."""
    if len(articles) < 2 or not articles[1].summary:
        return []
    first, second = articles[0], articles[1]
    is_close = _odds(first.score) - _odds(second.score) <= CLOSE and second.score >= SURE
    if not is_close or _is_said(second.summary, " ".join(body), share=0.5):
        return []
    summary = split_sentences(second.summary)[0]
    lead = _("It may also be **%(title)s**:") % {"title": second.title}
    return [f"{lead} {summary} [{second.passages[0].source.number}]"]


def _doubt(article: Article, section: Section) -> str:
    if article.score >= SURE:
        return ""
    number = section.passages[0].source.number
    said = _("I’m not sure that this is it. The closest article is **%(title)s**.")
    return said % {"title": article.title} + f" [{number}]"


def _closing(body: Iterable[str]) -> str:
    if any(part.startswith("1. ") for part in body):
        return _("If it fails, tell me at which step and what you see there.")
    return _("Not what you meant? Tell me what you see, or ask for a person.")


def _person() -> str:
    return campus.fill_in(
        _(
            "If that doesn’t do it, a person can look at it with you, usually within "
            "{{ campus.desk.first_answer }}."
        )
    )


def _nothing_new(again: str = "") -> str:
    """Say that the article has no more than what was said, and offer a person."""
    said = campus.fill_in(
        _(
            "That is all the help centre says about it, so I would only repeat myself. "
            "A person can look into it, usually within {{ campus.desk.first_answer }}."
        )
    )
    return _joined([_("In short: %(again)s") % {"again": again}, said]) if again else said


def _cited_last(prompt: Prompt) -> tuple[int, ...]:
    cited = [turn.cited for turn in prompt.turns if turn.cited]
    return cited[-1] if cited else ()


def _said_before(prompt: Prompt) -> str:
    answers = [turn.text for turn in prompt.turns if turn.speaker is Speaker.ASSISTANT]
    return " ".join(answers[-3:])


def _asked(prompt: Prompt) -> str:
    asked = [turn.text for turn in prompt.turns if turn.speaker is Speaker.STUDENT]
    return " ".join([*asked[-2:], prompt.question])


def _shown_section(article: Article, before: str) -> Section | None:
    """The section that the earlier answers came from."""
    shares = [(_share_said(section.plain, before), section) for section in article.sections]
    share, section = max(shares, key=lambda pair: pair[0])
    return section if share > 0 else None


def _is_said(text: str, before: str, *, share: float = SAID_SHARE) -> bool:
    return _share_said(text, before) >= share


def _share_said(text: str, before: str) -> float:
    """The share of a text's sentences that stand in another text, 0 to 1."""
    haystack = _bare(before)
    sentences = [bare for one in split_sentences(text) if len(bare := _bare(one)) > 12]
    return sum(one in haystack for one in sentences) / len(sentences) if sentences else 0.0


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", plain(MARKER.sub("", text)).lower()))


def _fits_device(passage: Passage, prompt: Prompt) -> bool:
    wanted = _wanted(prompt)
    return not passage.system or not wanted or passage.system in wanted


def _wanted(prompt: Prompt) -> frozenset[str]:
    named = systems.named_in(prompt.question)
    if prompt.system and (not named or prompt.system in named):
        return frozenset({prompt.system})
    return named


def _has(section: Section, system: str) -> bool:
    return any(passage.system == system for passage in section.by_system)


def _listed(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    return _("%(first)s and %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}


def _odds(score: float) -> float:
    bounded = min(max(score, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def _rest(text: str, partial: str) -> str:
    """What is left to say after `partial`; somebody else's beginning gets what it lacks."""
    if text.startswith(partial):
        return text[len(partial) :]
    missing = [part for part in text.split("\n\n") if not _is_said(part, partial)]
    lead = _("The answer was cut off there. The rest, from the help centre:")
    return "\n\n" + _joined([lead, *missing])
