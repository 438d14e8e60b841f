"""The hybrid index of one audience's articles: BM25 and embeddings, fused (pure).

An article is judged as a whole first (its title, symptoms, summary and best passage), then the
passages within it: students describe a symptom, and the passage that cures it may not name it.
Weights and calibration were fitted on `benchmarks/search/tuning.jsonl`; the measurements stand in
`docs/decisions/0005-search.md`.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from knowledge.search import embedding
from knowledge.search.concordance import Concordance, Leaf, leaf
from knowledge.search.embedding import Vectors
from knowledge.search.lexical import LexicalIndex, Scores
from knowledge.search.question import Question, read
from knowledge.search.spelling import Speller
from knowledge.search.text import Lexicon, plain, stem, words

CANDIDATES = 200
PASSAGES_BY_RANK = (3, 2)


@dataclass(frozen=True, slots=True)
class Section:
    """A passage as the search needs it, campus values filled in."""

    id: int
    heading: str
    anchor: str
    system: str
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """An article as the search needs it, campus values filled in."""

    id: int
    slug: str
    title: str
    summary: str
    symptoms: tuple[str, ...]
    topics: tuple[str, ...]
    reviewed_on: date
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found; `score` runs from 0 to 1 and is comparable between questions."""

    passage_id: int
    article_id: int
    slug: str
    title: str
    heading: str
    anchor: str
    system: str
    text: str
    score: float
    reviewed_on: date
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """How the evidence adds up.

    BM25 scores count as share of `full`, a very good match; `slope` and `middle` are the logistic
    curve that turns the sum into a score, fitted with answerable and unanswerable questions.
    """

    article_fields: Mapping[str, float]
    passage_fields: Mapping[str, float]
    full: float
    lexical: float
    line: float
    passage: float
    passage_full: float
    passage_lexical: float
    passage_meaning: float
    system: float
    elsewhere: float
    slope: float
    middle: float


WEIGHTS = Weights(
    article_fields={"title": 2.2, "symptoms": 3.0, "headings": 0.9, "body": 0.9},
    passage_fields={"heading": 1.2, "body": 1.0},
    full=36.0,
    lexical=0.5,
    line=0.6,
    passage=0.2,
    passage_full=14.0,
    passage_lexical=0.6,
    passage_meaning=0.4,
    system=0.3,
    elsewhere=0.3,
    slope=12.0,
    middle=0.565,
)


@dataclass(frozen=True, slots=True)
class Analysed:
    """An article read once for all indexes it is in: index terms, vectors, spellings."""

    source: Source
    terms: Mapping[str, Sequence[str]]
    section_terms: tuple[Mapping[str, Sequence[str]], ...]
    line_vectors: Vectors
    section_vectors: Vectors
    leaf: Leaf


def analyse(source: Source, lexicon: Lexicon) -> Analysed:
    symptoms, bodies = " \n ".join(source.symptoms), [plain(s.text) for s in source.sections]
    headings = [section.heading for section in source.sections]
    whole = " \n ".join((source.title, source.summary, symptoms, *headings, *bodies))
    section_terms = tuple(
        {"heading": lexicon.terms(heading), "body": lexicon.terms(body)}
        for heading, body in zip(headings, bodies, strict=True)
    )
    return Analysed(
        source=source,
        terms={
            "title": lexicon.terms(source.title),
            "symptoms": lexicon.terms(symptoms),
            "headings": [term for terms in section_terms for term in terms["heading"]],
            "body": lexicon.terms(source.summary)
            + [term for terms in section_terms for term in terms["body"]],
        },
        section_terms=section_terms,
        line_vectors=embedding.embed([source.title, source.summary, *source.symptoms]),
        section_vectors=embedding.embed(
            [f"{source.title}. {h}. {b}" for h, b in zip(headings, bodies, strict=True)]
        ),
        leaf=leaf(
            frozenset(words(whole)), (source.title, source.summary, *source.symptoms, *headings)
        ),
    )


class Index:
    """What one audience may find; immutable, so that any thread may search it."""

    def __init__(
        self, articles: Iterable[Analysed], lexicon: Lexicon, weights: Weights = WEIGHTS
    ) -> None:
        self._articles = [article for article in articles if article.source.sections]
        self._lexicon, self._weights = lexicon, weights
        self._sources = [article.source for article in self._articles]
        self._sections = [section for source in self._sources for section in source.sections]
        self._number = {source.id: number for number, source in enumerate(self._sources)}
        self._lines = _Stack([article.line_vectors for article in self._articles])
        self._section_vectors = _Stack([article.section_vectors for article in self._articles])
        self._by_article = LexicalIndex(
            (article.terms for article in self._articles), weights.article_fields
        )
        self._by_section = LexicalIndex(
            (terms for article in self._articles for terms in article.section_terms),
            weights.passage_fields,
        )
        self._systems = np.array([section.system for section in self._sections])
        self._concordance = Concordance([article.leaf for article in self._articles], lexicon)
        self.speller = Speller(self._vocabulary(), embedding.is_common)

    def search(
        self, text: str, *, system: str, boosts: Mapping[int, float], limit: int
    ) -> list[Hit]:
        """The best passages, best article first; see `knowledge.search.search`."""
        question = read(text, self._lexicon, self.speller.correct)
        if not self._sections or not (question.terms or boosts):
            return []
        sections, articles = self._judge(question, boosts)
        wanted = question.systems or frozenset({system} - {""})
        return self._pick(sections + self._preference(wanted), articles, limit)

    def holding(self, text: str) -> list[Hit]:
        """The best passage of each article that holds a rare word of the text to the letter.

        Who holds most comes first, then who answers best; the scores are those of `search`.
        """
        held = self._concordance.holders(self._in_order(text))
        if not held:
            return []
        question = read(text, self._lexicon, self.speller.correct)
        sections, articles = self._judge(question, {})
        sections = sections + self._preference(question.systems)
        ranked = sorted(held, key=lambda number: (-held[number], -articles[number]))
        return [
            hit
            for number in ranked
            for hit in self._hits_of(number, sections, float(articles[number]), 1)
        ]

    def lacks(self, text: str) -> bool:
        """Whether a word of the text is in no article and no word of the trade."""
        return self._concordance.lacks(self._in_order(text))

    def _in_order(self, text: str) -> str:
        return " ".join(self.speller.in_order(word) for word in words(text))

    def _vocabulary(self) -> Mapping[str, int]:
        """How many articles use each word; 0 for the trade's other words and for empty ones."""
        uses = Counter(word for article in self._articles for word in article.leaf.vocabulary)
        empty = self._lexicon.stop_stems | self._lexicon.weak_words
        meant = {word: count for word, count in uses.items() if stem(word) not in empty}
        return dict.fromkeys(self._lexicon.trade_words | uses.keys(), 0) | meant

    def _judge(self, question: Question, boosts: Mapping[int, float]) -> tuple[Scores, Scores]:
        """How well each section and each article answers, before the calibration."""
        w = self._weights
        vector = embedding.embed([question.sentence])[0]
        meaning = self._section_vectors.cosines(vector)
        lexical = _share(self._by_section.scores(question.terms, limit=CANDIDATES), w.passage_full)
        sections = w.passage_lexical * lexical + w.passage_meaning * meaning
        by_words = _share(self._by_article.scores(question.terms, limit=CANDIDATES), w.full)
        articles = (
            w.lexical * by_words
            + w.line * self._lines.two_nearest(vector)
            + w.passage * np.maximum.reduceat(sections, self._section_vectors.starts)
            - w.elsewhere * question.is_elsewhere
        )
        for article_id, boost in boosts.items():
            if article_id in self._number:
                articles[self._number[article_id]] += boost
        return sections, articles

    def _preference(self, wanted: frozenset[str]) -> Scores:
        """A bonus for sections of the system in question, a malus for those of another.

        When no system is in question, half a malus for those of any.
        """
        specific = (self._systems != "").astype(np.float32)
        if not wanted:
            return -self._weights.system / 2 * specific
        fits = np.isin(self._systems, list(wanted))
        return self._weights.system * np.where(fits, 1.0, -specific)

    def _pick(self, sections: Scores, articles: Scores, limit: int) -> list[Hit]:
        """Three passages of the best article, two of the second, one of each other."""
        hits: list[Hit] = []
        ranked = np.argsort(-articles, kind="stable")[:limit]
        for rank, number in enumerate(ranked):
            take = PASSAGES_BY_RANK[rank] if rank < len(PASSAGES_BY_RANK) else 1
            hits.extend(self._hits_of(int(number), sections, float(articles[number]), take))
        return sorted(hits, key=lambda hit: -hit.score)[:limit]

    def _hits_of(self, number: int, sections: Scores, score: float, take: int) -> Iterable[Hit]:
        """The article's best sections; the first has the article's score, the next have less."""
        start, source = self._section_vectors.starts[number], self._sources[number]
        own = sections[start : start + len(source.sections)]
        for position in np.argsort(-own, kind="stable")[:take]:
            behind = float(own.max() - own[position])
            yield _hit(source, source.sections[position], self._calibrated(score - behind / 2))

    def _calibrated(self, score: float) -> float:
        """The share of tuning questions with this score that the articles could answer."""
        return 1 / (1 + math.exp(self._weights.slope * (self._weights.middle - score)))


class _Stack:
    """The vectors of all articles below each other; `starts` is where each begins."""

    def __init__(self, parts: Sequence[Vectors]) -> None:
        self.rows = np.concatenate(parts) if parts else embedding.embed([])
        self._lengths = [len(part) for part in parts]
        self.starts = np.cumsum([0, *self._lengths])[:-1]

    def two_nearest(self, vector: Vectors) -> Scores:
        """For each article the mean cosine of its two nearest rows; every article has two.

        One row alone may share a chance word with the question; two seldom do.
        """
        cosines = self.cosines(vector)
        nearest = np.maximum.reduceat(cosines, self.starts)
        others = np.where(cosines < np.repeat(nearest, self._lengths), cosines, -np.inf)
        second = np.maximum.reduceat(others, self.starts)
        mean: Scores = (nearest + np.where(np.isfinite(second), second, nearest)) / 2
        return mean

    def cosines(self, vector: Vectors) -> Scores:
        """On this thread alone: `@` would wait for BLAS threads that a busy machine delays."""
        cosines: Scores = np.vecdot(self.rows, vector)
        return cosines


def _share(scores: Scores, full: float) -> Scores:
    return np.minimum(scores / full, 1.0)


def _hit(source: Source, section: Section, score: float) -> Hit:
    return Hit(
        passage_id=section.id,
        article_id=source.id,
        slug=source.slug,
        title=source.title,
        heading=section.heading,
        anchor=section.anchor,
        system=section.system,
        text=section.text,
        score=score,
        reviewed_on=source.reviewed_on,
        topics=source.topics,
    )
