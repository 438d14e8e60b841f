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
from knowledge.search.question import Question, Term, read
from knowledge.search.text import lexicon, plain, stem, words

IN_BRACKETS = re.compile(r" \(([^()]*)\)$")
NEIGHBOUR = re.compile(r" \((?:next|last|previous|first|see) section\)")
TROUBLE = re.compile(
    r"\b(?:still|not|never|fails?|failed|refuse[sd]?|missing|trouble|stuck|wrong|again|no longer"
    r"|cannot|nothing|problem|error|black|frozen|keeps|disconnect\w*|lost|ate|eaten|swallowed"
    r"|\w+n[’']t|(?:do|does|did|ca|wo|is|was|has|are|could|would)nt)\b",
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
PRICE_ASKED = re.compile(
    r"\b(?:costs?|price[sd]?|pricing|expensive|fees?|charged?|pay|money|refund"
    r"|how much (?:is|are|does|do))\b",
    re.IGNORECASE,
)
PRICE_HEADING = re.compile(r"\b(?:credit|costs?|price|fees?|pay|charge)\b", re.IGNORECASE)
YES_OR_NO = re.compile(r"(?:yes|no)\b", re.IGNORECASE)
WANT = re.compile(
    r"\b(?:(?:do|does|did)(?:n[’']?t| not) (?:have|own)|no longer (?:have|own)|have no|got no"
    r"|haven[’']?t (?:got|any)|without (?:a|my|any)|lost|gone)\b",
    re.IGNORECASE,
)
WANT_HEADING = re.compile(r"^no\b|\b(?:gone|without|left)\b", re.IGNORECASE)
SUBJECTS = frozenset({"lost", "missing", "stuck", "error", "problem", "black", "frozen"})
AMOUNT_BONUS = 0.35
PRICE_BONUS = 1.5
TELLING = 0.7
IN_TEXT_ONLY = 0.3
IN_TITLE = 0.3
TELLING_AT_LEAST = 1.4
FOUND = 0.2
HEADING = 0.7
FIRST = 0.25
MAIN = 0.7
SHARED_BY = 0.5
TROUBLE_BONUS = 0.25
DEVICE_BONUS = 0.4
LAST_RESORT = 0.8
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

    def device_fit(self, named: frozenset[str]) -> float:
        """1 with steps for a device that is named, -1 with steps for others only, else 0."""
        if not (named and self.by_system):
            return 0.0
        return 1.0 if any(passage.system in named for passage in self.by_system) else -1.0

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
        asked = _without_systems(question)
        scores = relevance(asked, [f"{one.heading}. {one.plain}" for one in self.sections])
        headings = relevance(asked, [one.heading for one in self.sections])
        telling = self._telling(asked)
        judged = [
            score + HEADING * heading + TELLING * told + self._other_evidence(section, question)
            for section, score, heading, told in zip(
                self.sections, scores, headings, telling, strict=True
            )
        ]
        return self.sections[max(range(len(judged)), key=judged.__getitem__)]

    def _telling(self, question: str) -> list[float]:
        """How much each section speaks of what tells the sections apart; 0 to 1.

        A word counts by how few sections have it, little when the whole article is about it,
        and less where the section's heading has it not.
        """
        asked = _read(question, _words(self.plain))
        grades = [[_grade(term, section) for section in self.sections] for term in asked.terms]
        weights = [
            self._weight(term, sum(grade > 0 for grade in row))
            for term, row in zip(asked.terms, grades, strict=True)
        ]
        whole = max(sum(weights), TELLING_AT_LEAST)
        return [
            sum(weight * row[place] for weight, row in zip(weights, grades, strict=True)) / whole
            for place in range(len(self.sections))
        ]

    def _weight(self, term: Term, speaking: int) -> float:
        """How well a term tells the sections apart when `speaking` of them have it."""
        apart = math.log(len(self.sections) / speaking) if speaking else 0.0
        return apart * (IN_TITLE if self._is_shared(term) else 1.0)

    def is_in_trouble(self, question: str) -> bool:
        """Whether the question tells of trouble other than what the whole article is about."""
        told = {stem(word.lower()) for word in TROUBLE.findall(question)}
        return bool(told - {stem(word) for word in words(self.title) if word in SUBJECTS})

    def _other_evidence(self, section: Section, question: str) -> float:
        in_trouble = self.is_in_trouble(question)
        is_priced = PRICE_ASKED.search(question) and PRICE_HEADING.search(section.heading)
        return (
            FOUND * section.score / (self.score or 1.0)
            + (MAIN if self._asks_nothing_special(question) else FIRST) * (section is self._primary)
            + DEVICE_BONUS * section.device_fit(systems.named_in(question))
            + TROUBLE_BONUS * (in_trouble and section.is_about_trouble)
            + PRICE_BONUS * bool(is_priced)
            - LAST_RESORT * (section is self.sections[-1])
        )

    def headed(self, question: str) -> Section | None:
        """The section whose heading has every telling word of a question that asks no amount."""
        if asks_amount(question):
            return None
        strong = _strong(_read(question, _words(self.plain)))
        for section in self.sections:
            heading = _terms(section.heading)
            if strong and all(not heading.isdisjoint(term.forms) for term in strong):
                return section
        return None

    def for_want(self, question: str) -> Section | None:
        """For who has not got something: the section for those without it."""
        wants = WANT.search(question)
        telling = [one for one in self.sections if wants and WANT_HEADING.search(one.heading)]
        if not telling:
            return None
        scores = relevance(question, [f"{one.heading} {one.plain}" for one in telling])
        return telling[max(range(len(scores)), key=scores.__getitem__)]

    def subject(self, question: str) -> frozenset[str]:
        """The telling terms of a question."""
        strong = _strong(_read(question, _words(self.plain)))
        return frozenset(form for term in strong for form in term.forms) - DEVICES

    def speaks_of(self, subject: frozenset[str], text: str) -> bool:
        return not subject.isdisjoint(_terms(text))

    def summary_for(self, question: str) -> str:
        """The summary; "" when it says yes or no to something other than was asked."""
        if not YES_OR_NO.match(self.summary):
            return self.summary
        asked = _strong(_read(question, _words(self.plain)))
        said = _terms(self.summary)
        return self.summary if all(next(iter(term.forms)) in said for term in asked) else ""

    def begins_with(self, section: Section) -> bool:
        """Whether this is where the article begins to answer."""
        return section is self._primary or section is self.sections[0]

    @cached_property
    def _primary(self) -> Section:
        with_steps = (section for section in self.sections if section.has_steps)
        return next(with_steps, self.sections[0])

    def _asks_nothing_special(self, question: str) -> bool:
        """Whether no word of the question tells the sections apart.

        What they all are about tells nothing, and an amount is always special.
        """
        if asks_amount(question):
            return False
        asked = _read(_without_systems(question), _words(self.plain))
        apart = [term for term in asked.terms if not self._is_shared(term)]
        return not any(self._tells_apart(term) for term in apart)

    def _tells_apart(self, term: Term) -> bool:
        """A word that says little must head one section, any other be rare among them."""
        name = next(iter(term.forms))
        if name in lexicon().weak_words:
            return name not in DEVICES and self._heads_one(name)
        return any(self._is_specific(form) for form in term.forms.keys() - DEVICES)

    def _heads_one(self, term: str) -> bool:
        return sum(term in _terms(section.heading) for section in self.sections) == 1

    def _is_shared(self, term: Term) -> bool:
        """Whether title and main heading have the term and most sections speak of it."""
        entitled = _terms(self.title) & term.forms.keys()
        is_paraphrased = len(entitled) > 1 and next(iter(term.forms)) not in entitled
        is_named = is_paraphrased or not entitled.isdisjoint(_terms(self._primary.heading))
        speaking = sum(_grade(term, section) > 0 for section in self.sections)
        return is_named and speaking >= SHARED_BY * len(self.sections)

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


def asks_amount(question: str) -> bool:
    return any(asks.search(question) for asks, _amount in AMOUNTS)


def tells_amount(question: str, text: str) -> bool:
    """Whether the text tells every kind of amount that the question asks for."""
    return all(amount.search(text) for asks, amount in AMOUNTS if asks.search(question))


def _strong(asked: Question) -> list[Term]:
    weak = lexicon().weak_words
    return [term for term in asked.terms if next(iter(term.forms)) not in weak]


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


def _grade(term: Term, section: Section) -> float:
    """How much a section speaks of a term: whole in its heading, less in its text."""
    headed = _terms(section.heading)
    shares = (
        share * (1.0 if form in headed else IN_TEXT_ONLY)
        for form, share in term.forms.items()
        if form in section.terms
    )
    return max(shares, default=0.0)


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
