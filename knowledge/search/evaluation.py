"""How well a search finds the right article (pure).

A row is `{"question": …, "topic": …, "also": […]}`, other keys are ignored. Any article that
carries the row's topic, or one of `also`, is right. The rank of an article is that of its first
passage among the articles found.
"""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any, Protocol


class BadRow(ValueError):
    """A row that cannot be evaluated; says in which line and why."""


class Found(Protocol):
    """What the evaluation looks at in a hit."""

    @property
    def article_id(self) -> int: ...
    @property
    def slug(self) -> str: ...
    @property
    def topics(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Row:
    """A question and the topics of which any answers it; `source` is the whole row as read."""

    question: str
    topics: frozenset[str]
    topic: str
    source: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Miss:
    """A question whose right article was not among the first three; `rank` is 0 if not found."""

    question: str
    topic: str
    rank: int
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Shares from 0 to 1, times of one search in milliseconds."""

    questions: int
    recall_at_1: float
    recall_at_3: float
    mrr: float
    p50_ms: float
    p99_ms: float
    misses: tuple[Miss, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def read_rows(lines: Iterable[str]) -> list[Row]:
    """Rows of a JSON Lines text; blank lines are skipped. Raises BadRow."""
    rows = [_row(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not rows:
        raise BadRow("there is no row")
    return rows


def evaluate(rows: Sequence[Row], search: Callable[[Row], Sequence[Found]]) -> Report:
    """Ask every question once and report how the answers rank.

    `search` gets the row, whose `source` may hold a history, and returns hits, best first.
    """
    ranks, times, misses = [], [], []
    for row in rows:
        started = perf_counter()
        hits = search(row)
        times.append((perf_counter() - started) * 1000)
        rank = rank_of(row, hits)
        ranks.append(rank)
        if not 1 <= rank <= 3:
            misses.append(Miss(row.question, row.topic, rank, tuple(_slugs(hits)[:3])))
    return Report(
        questions=len(rows),
        recall_at_1=_mean(rank == 1 for rank in ranks),
        recall_at_3=_mean(1 <= rank <= 3 for rank in ranks),
        mrr=_mean(1 / rank if rank else 0.0 for rank in ranks),
        p50_ms=percentile(times, 50),
        p99_ms=percentile(times, 99),
        misses=tuple(misses),
    )


def rank_of(row: Row, hits: Iterable[Found]) -> int:
    """The rank of the first right article, from 1; 0 when none was found."""
    articles: dict[int, Found] = {}
    for hit in hits:
        articles.setdefault(hit.article_id, hit)
    for rank, hit in enumerate(articles.values(), start=1):
        if not row.topics.isdisjoint(hit.topics):
            return rank
    return 0


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest value that at least `percent` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return round(ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)], 3)


def _row(number: int, line: str) -> Row:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadRow(f"line {number}: not JSON: {error.msg}") from error
    if not isinstance(row, dict):
        raise BadRow(f"line {number}: not an object but {type(row).__name__}")
    for key in ("question", "topic"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise BadRow(f'line {number}: "{key}" is missing or not a text')
    also = row.get("also", [])
    if not isinstance(also, list) or not all(isinstance(topic, str) for topic in also):
        raise BadRow(f'line {number}: "also" is not a list of topics')
    return Row(row["question"], frozenset({row["topic"], *also}), row["topic"], row)


def _slugs(hits: Iterable[Found]) -> list[str]:
    return list(dict.fromkeys(hit.slug for hit in hits))


def _mean(values: Iterable[float]) -> float:
    counted = [float(value) for value in values]
    return round(sum(counted) / len(counted), 4)
