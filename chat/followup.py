"""What a question means in its conversation: the search query made from both (pure).

"And on my phone?" asks about the article cited last, "step 2 doesn't show up" about a step of
the answer. The articles, the device and the open step carry over, until a question names a
subject of its own that nobody has spoken of: a change of subject drops them.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from chat.prompt import Speaker, Turn
from knowledge import systems
from knowledge.search.text import SYNONYMS, lexicon

CITED_BOOST = 0.25
CITED_EARLIER_BOOST = 0.06
CHANGED_BOOST = 0.1
OWN_WORDS = 2
CARRIED_CHARS = 300

DEVICES = frozenset({"phone", "laptop", "computer", "tablet", "desktop", "speaker", "printer"})
# Words of the trade that belong to every subject, so that they alone do not make a new one.
EVERYWHERE = frozenset(
    {"account", "attachment", "delete", "download", "extend", "forward", "free", "install"}
    | {"internet", "name", "password", "register", "signin", "signout", "slow", "upload"}
)
RETURNS = re.compile(
    r"^\W*(?:and|what about|how about|still|same|that|those|it|this|which one|why)\b"
    r"|\b(?:as well|instead|step \d|the (?:first|second|third|last) (?:one|step))\b",
    re.IGNORECASE,
)
LEAVES = re.compile(
    r"\b(?:different|another|other|new|separate|unrelated) (?:question|topic|thing|problem|issue)\b"
    r"|\b(?:by the way|btw|unrelated|moving on|next (?:question|problem|thing)|one more thing)\b"
    r"|^\W*(?:next|oh and|also|(?:ok|okay|done|thanks|thank you|great|good|cool|perfect)[.,;:!])\W",
    re.IGNORECASE,
)
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6}
STEP = re.compile(
    rf"\b(?:steps?|nr\.?|number|no\.) ?(\d{{1,2}})\b|^\W*(\d{{1,2}})\b(?=[ .):])"
    rf"|\b({'|'.join(ORDINALS)}) (?:step|one|point)\b|\b(last) (?:step|one|point)\b",
    re.IGNORECASE,
)
STEPS = re.compile(r"(?:^|\s)(\d{1,2})[.)]\s+(.+?)(?=\s\d{1,2}[.)]\s|\n\s*\n|\Z)", re.DOTALL)
MARKER = re.compile(r"\s*\[\d{1,2}\]")


@dataclass(frozen=True, slots=True)
class Carried:
    """A question with what it takes from the conversation.

    `text` is for the search, `boost_articles` adds to an article's score, `system` is the
    operating system that is meant ("" when none or several are).
    """

    text: str
    boost_articles: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({}))
    system: str = ""
    is_follow_up: bool = False
    changed_subject: bool = False


def carry(turns: Sequence[Turn], question: str) -> Carried:
    """Build the search query of a question from the conversation before it.

    A question with words enough of its own is searched by them alone, beside the articles.
    """
    asked = [turn.text for turn in turns if turn.speaker is Speaker.STUDENT]
    if not asked:
        return Carried(question, system=_system([question]))
    words = _words(turns, question)
    if _changes_subject(words, question):
        boosts = dict.fromkeys(_cited(turns), CHANGED_BOOST)
        return Carried(question, boosts, _system([question]), changed_subject=True)
    system = _system([question, *reversed(asked)])
    if len(words.new - DEVICES) >= OWN_WORDS and not words.old and not RETURNS.search(question):
        return Carried(question, _boosts(turns), system, is_follow_up=True)
    before = " ".join(_asked_before(asked))[:CARRIED_CHARS]
    text = " ".join(filter(None, (question, open_step(turns, question), before)))
    return Carried(text, _boosts(turns), system, is_follow_up=True)


def step_named(question: str) -> int | None:
    """The number of the step a question speaks of; -1 for the last, None for none."""
    match = STEP.search(question)
    if match is None:
        return None
    if match[4]:
        return -1
    return ORDINALS[match[3].lower()] if match[3] else int(match[1] or match[2])


def steps_in(answer: str) -> dict[int, str]:
    """The numbered steps of an answer, on lines of their own or in one; without markers."""
    return {
        int(number): MARKER.sub("", " ".join(text.split()))
        for number, text in STEPS.findall(answer)
    }


def open_step(turns: Sequence[Turn], question: str) -> str:
    """The text of the step that a question speaks of, from the latest answer; "" for none."""
    number = step_named(question)
    answers = [turn.text for turn in turns if turn.speaker is Speaker.ASSISTANT]
    if number is None or not answers:
        return ""
    steps = steps_in(answers[-1])
    return steps.get(max(steps, default=0) if number == -1 else number, "")


@cache
def subjects() -> frozenset[str]:
    """The things of the trade that have a name of their own, as index terms."""
    return (
        frozenset(tomllib.loads(SYNONYMS.read_text(encoding="utf-8"))["same"])
        - DEVICES
        - EVERYWHERE
    )


class _Words(NamedTuple):
    """A question's telling index terms: those already spoken of, and those that are new."""

    old: frozenset[str]
    new: frozenset[str]


def _words(turns: Sequence[Turn], question: str) -> _Words:
    known = lexicon()
    spoken_of = {term for turn in turns for term in known.terms(turn.text)}
    terms = frozenset(known.terms(question)) - known.stop_stems
    return _Words(terms & spoken_of, terms - spoken_of - known.weak_words)


def _changes_subject(words: _Words, question: str) -> bool:
    """Whether the question names a subject that was not spoken of, or says that it leaves."""
    returns = bool(RETURNS.search(question))
    if LEAVES.search(question) and not returns:
        return bool(words.new - DEVICES)
    return bool(words.new & subjects()) and not (returns and words.old)


def _asked_before(asked: Sequence[str]) -> list[str]:
    """The student's latest question; one that says nothing by itself with the last that did."""
    telling = (text for text in reversed(asked) if is_telling(text))
    return list(dict.fromkeys([asked[-1], next(telling, asked[-1])]))


def is_telling(text: str) -> bool:
    """Whether the text says by itself what it is about; "how long is that" does not."""
    known = lexicon()
    return bool(set(known.terms(text)) - known.stop_stems - known.weak_words - DEVICES)


def _boosts(turns: Sequence[Turn]) -> dict[int, float]:
    answers = [turn for turn in turns if turn.cited]
    earlier = dict.fromkeys(_cited(answers[:-1]), CITED_EARLIER_BOOST)
    return earlier | dict.fromkeys(_cited(answers[-1:]), CITED_BOOST)


def _cited(turns: Iterable[Turn]) -> list[int]:
    return [article_id for turn in turns for article_id in turn.cited]


def _system(texts: Iterable[str]) -> str:
    """The system named in the first text that names any; "" when that names several.

    A phone of no make is an iPhone or an Android: an earlier text that names one of them decides.
    """
    meant: frozenset[str] = frozenset()
    for text in texts:
        named = systems.named_in(text)
        if named:
            meant = (meant & named) or meant if meant else named
        if len(meant) == 1:
            return next(iter(meant))
    return ""
