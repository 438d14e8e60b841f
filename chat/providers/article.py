"""The passages of one article put back into sections, and which of their words answer (pure)."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, lru_cache

import numpy as np

from chat.followup import DEVICES
from chat.prompt import Passage
from chat.providers.blocks import Block, Kind, cut
from knowledge import systems
from knowledge.search.embedding import Vectors, embed
from knowledge.search.question import Question, read
from knowledge.search.text import lexicon, plain, words

IN_BRACKETS = re.compile(r" \(([^()]*)\)$")
NEIGHBOUR = re.compile(r" \((?:next|last|previous|first|see) section\)")
TROUBLE = re.compile(
    r"\b(?:still|not|never|fails?|failed|refuse[sd]?|missing|trouble|stuck|wrong|again|no longer"
    r"|cannot|nothing|problem|error|black|frozen|keeps|disconnect\w*|lost|\w+n[’']?t)\b",
    re.IGNORECASE,
)
TROUBLE_HEADING = re.compile(
    r"\b(?:still|not|never|fails?|refuse[sd]?|missing|stuck|wrong|again|lost|disappear\w*"
    r"|no|cannot|full|pending|blank|blocked|error|(?:can|does|did|wo|is)n[’']?t)\b",
    re.IGNORECASE,
)
AMOUNTS = (
    (
        re.compile(
            r"\b(?:how (?:long|soon|late|fast)|when|what time|until|deadline)\b", re.IGNORECASE
        ),
        re.compile(
            r"\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|term|at once|immediately"
            r"|\d{1,2}:\d{2})\b",
            re.IGNORECASE,
        ),
    ),
    (
        re.compile(
            r"\b(?:how (?:many|much|big|large|far|often)|costs?|price|expensive|fee|limit"
            r"|max(?:imum)?)\b",
            re.IGNORECASE,
        ),
        re.compile(r"\d|\b(?:once|twice|free|no limit|credit|costs?)\b", re.IGNORECASE),
    ),
)
AMOUNT_BONUS = 0.35
FOUND = 0.2
HEADING = 0.7
FIRST = 0.25
MAIN = 0.5
TROUBLE_BONUS = 0.25
DEVICE_BONUS = 0.4
LAST_RESORT = 0.6
SHORTEST_MISTAKE = 5
TEXTS_REMEMBERED = 8_192


@dataclass(frozen=True)
class Section:
    """Passages under one heading; those about one operating system are in `by_system`."""

    heading: str
    general: tuple[Passage, ...]
    by_system: tuple[Passage, ...]

    @property
    def passages(self) -> tuple[Passage, ...]:
        return (*self.general, *self.by_system)

    @property
    def score(self) -> float:
        return max(passage.score for passage in self.passages)

    @property
    def position(self) -> int:
        return min(passage.position for passage in self.passages)

    @property
    def is_about_trouble(self) -> bool:
        return bool(TROUBLE_HEADING.search(self.heading))

    @cached_property
    def has_steps(self) -> bool:
        return any(
            block.kind is Kind.STEPS for passage in self.passages for block in blocks_of(passage)
        )

    @cached_property
    def terms(self) -> frozenset[str]:
        return _terms(f"{self.heading} {self.plain}")

    @cached_property
    def plain(self) -> str:
        return " ".join(plain(passage.text) for passage in self.passages)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One block and how well it answers; about 0 to 1.5."""

    passage: Passage
    block: Block
    score: float


@dataclass(frozen=True)
class Article:
    """An article as far as its passages were offered."""

    id: int
    title: str
    summary: str
    sections: tuple[Section, ...]

    @property
    def score(self) -> float:
        return max(section.score for section in self.sections)

    @property
    def passages(self) -> tuple[Passage, ...]:
        return tuple(passage for section in self.sections for passage in section.passages)

    def answering(self, question: str) -> Section:
        """The section to answer with: what the search found, weighed with its own words.

        A question that asks for nothing special gets the first section with steps. The
        last section says how to reach people, which is for when nothing else answers.
        """
        asked, named = _without_systems(question), systems.named_in(question)
        scores = relevance(asked, [f"{one.heading}. {one.plain}" for one in self.sections])
        headings = relevance(asked, [one.heading for one in self.sections])
        judged = [
            score + HEADING * heading + self._other_evidence(section, question, named)
            for section, score, heading in zip(self.sections, scores, headings, strict=True)
        ]
        return self.sections[max(range(len(judged)), key=judged.__getitem__)]

    def _other_evidence(self, section: Section, question: str, named: frozenset[str]) -> float:
        in_trouble = bool(TROUBLE.search(question))
        return (
            FOUND * section.score / (self.score or 1.0)
            + (MAIN if self._asks_nothing_special(question) else FIRST) * (section is self._primary)
            + DEVICE_BONUS * any(passage.system in named for passage in section.by_system)
            + TROUBLE_BONUS * (in_trouble and section.is_about_trouble)
            - LAST_RESORT * (section is self.sections[-1])
        )

    def begins_with(self, section: Section) -> bool:
        """Whether this is where the article begins to answer."""
        return section is self._primary or section is self.sections[0]

    @cached_property
    def _primary(self) -> Section:
        with_steps = (section for section in self.sections if section.has_steps)
        return next(with_steps, self.sections[0])

    def _asks_nothing_special(self, question: str) -> bool:
        """Whether no word of the question tells the sections apart."""
        asked = _read(_without_systems(question), _words(self.plain))
        forms = {form for term in asked.terms for form in term.forms}
        return not any(self._is_specific(form) for form in forms - DEVICES - lexicon().weak_words)

    def _is_specific(self, term: str) -> bool:
        """Whether the term tells sections apart: some speak of it, most do not."""
        speaking = sum(term in section.terms for section in self.sections)
        return 0 < speaking <= len(self.sections) / 2

    @cached_property
    def plain(self) -> str:
        return " ".join(f"{section.heading} {section.plain}" for section in self.sections)

    @cached_property
    def blocks(self) -> tuple[tuple[Passage, Block], ...]:
        return tuple((passage, block) for passage in self.passages for block in blocks_of(passage))

    def rank(self, question: str) -> list[Candidate]:
        """The blocks that can be said alone, best answer to the question first."""
        answering = [
            (passage, block)
            for passage, block in self.blocks
            if block.kind not in {Kind.CODE, Kind.TABLE}
        ]
        scores = relevance(question, [_said(passage, block) for passage, block in answering])
        candidates = (
            Candidate(passage, block, score)
            for (passage, block), score in zip(answering, scores, strict=True)
        )
        return sorted(candidates, key=lambda candidate: -candidate.score)


def blocks_of(passage: Passage) -> tuple[Block, ...]:
    """The passage's blocks, without words about its neighbours on the page."""
    return _blocks(passage.text)


@lru_cache(maxsize=TEXTS_REMEMBERED)
def _blocks(text: str) -> tuple[Block, ...]:
    return tuple(cut(NEIGHBOUR.sub("", text)))


def name_of(passage: Passage) -> str:
    """The system a passage is about, in its heading's words."""
    match = IN_BRACKETS.search(passage.source.section)
    return match[1] if match else passage.source.section


def put_together(passages: Iterable[Passage]) -> list[Article]:
    """The articles of the passages, best first."""
    by_article: dict[int, list[Passage]] = {}
    for passage in passages:
        by_article.setdefault(passage.article_id, []).append(passage)
    articles = [_article(own) for own in by_article.values()]
    return sorted(articles, key=lambda article: -article.score)


def relevance(question: str, texts: Sequence[str]) -> list[float]:
    """How well each text answers: shared words by their rarity, meaning, and amounts if asked.

    0 to about 1.5; below 0.3 nothing in the text has to do with the question.
    """
    if not texts:
        return []
    vocabulary = frozenset[str]().union(*(_words(text) for text in texts))
    asked = _read(question, vocabulary)
    terms_of = [_terms(text) for text in texts]
    shares = _shared_words(asked, terms_of)
    meaning = np.stack([_vector(text) for text in texts]) @ embed([asked.sentence])[0]
    amounts = [amount for asks, amount in AMOUNTS if asks.search(question)]
    return [
        shared + 0.5 * float(near) + AMOUNT_BONUS * any(amount.search(text) for amount in amounts)
        for shared, near, text in zip(shares, meaning, texts, strict=True)
    ]


def _read(question: str, vocabulary: frozenset[str]) -> Question:
    """The question as the search reads it, spelt as the article's words are."""
    return read(question, lexicon(), lambda word: (_spelt_as_in(vocabulary, word),))


def _without_systems(question: str) -> str:
    return " ".join(word for word in question.split() if not systems.named_in(word))


def _spelt_as_in(vocabulary: frozenset[str], word: str) -> str:
    """The word, or the one it is a typing mistake of."""
    if word in vocabulary or len(word) < SHORTEST_MISTAKE:
        return word
    alike = [one for one in vocabulary if one[0] == word[0] and abs(len(one) - len(word)) < 3]
    return next(iter(get_close_matches(word, alike, n=1, cutoff=0.84)), word)


@lru_cache(maxsize=TEXTS_REMEMBERED)
def _words(text: str) -> frozenset[str]:
    return frozenset(words(plain(text)))


@lru_cache(maxsize=TEXTS_REMEMBERED)
def _terms(text: str) -> frozenset[str]:
    return frozenset(lexicon().terms(plain(text)))


@lru_cache(maxsize=TEXTS_REMEMBERED)
def _vector(text: str) -> Vectors:
    return embed([plain(text)])[0]


def _shared_words(asked: Question, terms_of: Sequence[frozenset[str]]) -> list[float]:
    """The share of what was asked that each text speaks of, rare terms counting most; 0 to 1."""
    frequency = Counter(term for terms in terms_of for term in terms)
    rarity = [
        math.log(1 + len(terms_of) / (1 + max(frequency[form] for form in term.forms)))
        * max(term.forms.values())
        for term in asked.terms
    ]
    whole = sum(rarity) or 1.0
    return [
        sum(
            weight * max((share for form, share in term.forms.items() if form in terms), default=0)
            for weight, term in zip(rarity, asked.terms, strict=True)
        )
        / whole
        for terms in terms_of
    ]


def _said(passage: Passage, block: Block) -> str:
    return f"{passage.source.section}. {block.text}"


def _article(passages: Sequence[Passage]) -> Article:
    sections: dict[str, list[Passage]] = {}
    for passage in sorted(passages, key=lambda passage: passage.position):
        heading = passage.source.section
        base = IN_BRACKETS.sub("", heading) if passage.system else heading
        sections.setdefault(base, []).append(passage)
    first = passages[0]
    return Article(
        id=first.article_id,
        title=first.source.title,
        summary=next((passage.summary for passage in passages if passage.summary), ""),
        sections=tuple(_section(heading, own) for heading, own in sections.items()),
    )


def _section(heading: str, passages: Sequence[Passage]) -> Section:
    return Section(
        heading=heading,
        general=tuple(passage for passage in passages if not passage.system),
        by_system=tuple(passage for passage in passages if passage.system),
    )
