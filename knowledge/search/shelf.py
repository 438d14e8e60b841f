"""The indexes of this process: built at first use, renewed when articles changed.

There is one index for each set of readers. A passage is only in the indexes of those who may
read it, so it is neither found nor counted nor offered as a spelling for anybody else. An
article that changed is analysed anew, the others are kept; the indexes of the readers it
concerns are put together again and swapped in whole, so a search sees the old or the new.
"""

import logging
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from accounts import campus
from knowledge.models import Article, Audience, Passage, Reader, Status
from knowledge.search.index import Analysed, Index, Section, Source, analyse
from knowledge.search.text import lexicon

logger = logging.getLogger(__name__)

READERS: tuple[tuple[Audience, ...], ...] = (
    (Audience.EVERYONE,),
    (Audience.EVERYONE, Audience.SIGNED_IN),
    (Audience.EVERYONE, Audience.SIGNED_IN, Audience.STAFF),
)


class Edition(NamedTuple):
    """What tells whether an article is still the one that was analysed."""

    updated_at: datetime
    audience: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """Every published article as analysed, and the indexes over them."""

    editions: Mapping[int, Edition] = field(default_factory=dict)
    analysed: Mapping[int, Analysed] = field(default_factory=dict)
    indexes: Mapping[tuple[Audience, ...], Index] = field(default_factory=dict)

    def of_readers(self, audiences: tuple[Audience, ...]) -> frozenset[int]:
        return frozenset(
            pk for pk, edition in self.editions.items() if edition.audience in audiences
        )


_shelf: Shelf | None = None
_renewing = threading.Lock()


def index_of(reader: Reader) -> Index:
    """The index of what this reader may read; no query once the process has its indexes."""
    shelf = _shelf or refresh()
    return shelf.indexes[Audience.of(reader)]


def is_ready() -> bool:
    return _shelf is not None


def refresh() -> Shelf:
    """Bring the indexes up to date with the database and return them.

    One query when nothing changed, two more for the articles that did. An article whose text
    names an unknown campus value is left out and logged.
    """
    global _shelf
    with _renewing:
        before = _shelf or Shelf()
        editions = _editions()
        if _shelf is None or editions != before.editions:
            _shelf = _renewed(before, editions)
        return _shelf


def _editions() -> dict[int, Edition]:
    published = Article.objects.filter(status=Status.PUBLISHED).order_by("pk")
    rows = published.values_list("pk", "updated_at", "audience")
    return {pk: Edition(updated_at, audience) for pk, updated_at, audience in rows}


def _renewed(before: Shelf, editions: Mapping[int, Edition]) -> Shelf:
    changed = {pk for pk, edition in editions.items() if before.editions.get(pk) != edition}
    fresh = dict(_analyse(changed))
    analysed = {
        pk: fresh[pk] if pk in changed else before.analysed[pk]
        for pk in editions
        if pk in fresh or (pk not in changed and pk in before.analysed)
    }
    now = Shelf(editions, analysed)
    indexes: dict[tuple[Audience, ...], Index] = {}
    for audiences in READERS:
        indexes[audiences] = _index(audiences, before, now, changed, indexes)
    return Shelf(editions, analysed, indexes)


def _index(
    audiences: tuple[Audience, ...],
    before: Shelf,
    now: Shelf,
    changed: set[int],
    made: Mapping[tuple[Audience, ...], Index],
) -> Index:
    """The index of these readers: the old one or a smaller circle's when it holds the same."""
    wanted = now.of_readers(audiences)
    is_same = wanted == before.of_readers(audiences) and wanted.isdisjoint(changed)
    if audiences in before.indexes and is_same:
        return before.indexes[audiences]
    for others, index in made.items():
        if now.of_readers(others) == wanted:
            return index
    articles = [analysed for pk, analysed in now.analysed.items() if pk in wanted]
    return Index(articles, lexicon())


def _analyse(pks: Iterable[int]) -> Iterable[tuple[int, Analysed]]:
    for article in Article.objects.filter(pk__in=pks).prefetch_related("passages"):
        try:
            source = _source(article)
        except campus.UnknownCampusValue:
            logger.exception("The article %s is left out of the search", article.slug)
        else:
            yield article.pk, analyse(source, lexicon())


def _source(article: Article) -> Source:
    return Source(
        id=article.pk,
        slug=article.slug,
        title=campus.fill_in(article.title),
        summary=campus.fill_in(article.summary),
        symptoms=tuple(campus.fill_in(article.symptoms).splitlines()),
        topics=tuple(article.topics),
        reviewed_on=article.reviewed_on,
        sections=tuple(_section(passage) for passage in article.passages.all()),
    )


def _section(passage: Passage) -> Section:
    return Section(
        id=passage.pk,
        heading=passage.heading,
        anchor=passage.anchor,
        system=passage.system,
        text=campus.fill_in(passage.text),
    )
