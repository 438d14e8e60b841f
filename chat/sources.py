"""From what the search found to the numbered passages that an answer may cite."""

from collections.abc import Sequence

from django.urls import reverse

from accounts import campus
from chat.completion import Source
from chat.followup import Carried
from chat.prompt import Passage
from knowledge.models import Article, Reader
from knowledge.models import Passage as Row
from knowledge.search import Hit, Query, search


def find(carried: Carried, *, reader: Reader) -> tuple[Passage, ...]:
    """Search for what a question means in its conversation; the passages numbered from 1.

    The hits come first, in their order; then what else their best article holds, because its
    steps for a device or for the next try are often not the passage that matched.
    """
    query = Query(carried.text, carried.boost_articles, carried.system)
    return _numbered(search(query, reader=reader), reader)


def _numbered(hits: Sequence[Hit], reader: Reader) -> tuple[Passage, ...]:
    """Hits as the articles are now; what the reader may no longer read is left out."""
    ids = {hit.article_id for hit in hits}
    articles = Article.objects.visible_to(reader).in_bulk(ids)
    rows = Row.objects.filter(article_id__in=articles).order_by("article_id", "position")
    found = {row.pk: row for row in rows}
    scores = {hit.passage_id: hit.score for hit in hits if hit.passage_id in found}
    best = next((found[passage_id].article_id for passage_id in scores), None)
    rest = [row for row in rows if row.article_id == best and row.pk not in scores]
    offered = [*(found[passage_id] for passage_id in scores), *rest]
    return tuple(
        _passage(place, row, articles[row.article_id], scores.get(row.pk, 0.0))
        for place, row in enumerate(offered, 1)
    )


def _passage(number: int, row: Row, article: Article, score: float) -> Passage:
    source = Source(
        number=number,
        title=campus.fill_in(article.title),
        url=_address(article, row),
        section=row.heading,
        checked=article.reviewed_on,
        article_id=article.pk,
    )
    return Passage(
        source=source,
        article_id=article.pk,
        text=campus.fill_in(row.text),
        score=score,
        system=row.system,
        summary=campus.fill_in(article.summary),
        position=row.position,
    )


def _address(article: Article, row: Row) -> str:
    """The passage's place on the article's page, with the tab of its operating system open."""
    system = f"?system={row.system}" if row.system else ""
    anchor = f"#{row.anchor}" if row.anchor else ""
    return reverse("knowledge:article", args=[article.slug]) + system + anchor
