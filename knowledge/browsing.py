"""What the help centre's pages list, for one reader: never an article that reader may not read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accounts import campus
from knowledge import outline
from knowledge.models import Article, ArticleQuerySet, Category, Reader
from knowledge.search import FLOOR, Hit, holding, lacks, search
from knowledge.search.text import plain

POPULAR_AT_MOST = 6
POPULAR_WITHIN = timedelta(days=30)
RELATED_AT_MOST = 5
EXCERPT_CHARS = 180
PASSAGES_SOUGHT = 30
FOUND_AT_MOST = 12
SHOWN_FROM = 0.1  # of a hit's score; half of what an answer needs, because here the reader judges
TITLE_WORDS_AT_MOST = 8
TITLE_FROM_CHARS = 2

_BEFORE_STOP = re.compile(r" (?=[.,;:!?)])")  # left where emphasis ended


@dataclass(frozen=True, slots=True)
class Card:
    """An article as a line of a list."""

    title: str
    summary: str
    url: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Found:
    """An article that search found, with the section that fits best."""

    title: str
    heading: str
    excerpt: str
    url: str


def categories(reader: Reader) -> QuerySet[Category]:
    """The categories in which this reader may read something."""
    readable = Article.objects.visible_to(reader).values("category")
    return Category.objects.filter(pk__in=readable)


def in_category(category: Category, reader: Reader) -> list[Card]:
    return cards(Article.objects.visible_to(reader).filter(category=category))


def popular(reader: Reader) -> list[Card]:
    """What helped most readers lately; before anybody has answered, what most articles lead to."""
    helped = Q(ratings__is_helpful=True, ratings__rated_at__gte=timezone.now() - POPULAR_WITHIN)
    ranked = Article.objects.visible_to(reader).annotate(
        helped=Count("ratings", filter=helped, distinct=True),
        led_to=Count("related", distinct=True),
    )
    return cards(ranked.order_by("-helped", "-led_to", "title")[:POPULAR_AT_MOST])


def related(article: Article, reader: Reader) -> list[Card]:
    """The articles its author names; without any, others of its category."""
    readable: ArticleQuerySet = Article.objects.visible_to(reader).exclude(pk=article.pk)
    named = readable.filter(pk__in=article.related.all())[:RELATED_AT_MOST]
    return cards(named) or cards(readable.filter(category=article.category)[:RELATED_AT_MOST])


def cards(articles: Iterable[Article]) -> list[Card]:
    return [
        Card(
            campus.fill_in(article.title),
            campus.fill_in(article.summary),
            article.get_absolute_url(),
            outline.minutes(article.body),
        )
        for article in articles
    ]


def find(query: str, reader: Reader) -> list[Found]:
    """What answers the query, best first; then articles whose title holds every word begun."""
    best: dict[int, Hit] = {}
    for hit in _hits(query, reader):
        best.setdefault(hit.article_id, hit)
    titled = _titled(query, reader).exclude(pk__in=best)
    answers = [_found(hit) for hit in best.values()]
    return (answers + [_named(article) for article in titled[:FOUND_AT_MOST]])[:FOUND_AT_MOST]


def _hits(query: str, reader: Reader) -> Iterable[Hit]:
    """What answers, then what holds a rare word of the query, then what may answer.

    A word that no article knows leaves nothing to guess from, so then the last are left out.
    """
    hits = search(query, reader=reader, limit=PASSAGES_SOUGHT)
    good = [hit for hit in hits if hit.score >= FLOOR]
    fair = [hit for hit in hits if SHOWN_FROM <= hit.score < FLOOR]
    held = holding(query, reader=reader)
    return chain(good, held, [] if lacks(query, reader=reader) else fair)


def _titled(query: str, reader: Reader) -> QuerySet[Article]:
    """While a word is being typed the index does not know it yet, but titles show it."""
    words = query.split()[:TITLE_WORDS_AT_MOST]
    every = Q(*(Q(title__icontains=word) for word in words))
    readable = Article.objects.visible_to(reader)
    return readable.filter(every) if len(query.strip()) >= TITLE_FROM_CHARS else readable.none()


def _named(article: Article) -> Found:
    title, summary = campus.fill_in(article.title), campus.fill_in(article.summary)
    return Found(title, "", summary, article.get_absolute_url())


def _found(hit: Hit) -> Found:
    return Found(campus.fill_in(hit.title), hit.heading, _excerpt(hit.text), _address(hit))


def _address(hit: Hit) -> str:
    """Where the passage stands: its heading on the page, with its device's tab open."""
    page = Article(slug=hit.slug).get_absolute_url()
    query = f"?{urlencode({'system': hit.system})}" if hit.system else ""
    return f"{page}{query}#{hit.anchor}" if hit.anchor else f"{page}{query}"


def _excerpt(text: str) -> str:
    words = _BEFORE_STOP.sub("", " ".join(plain(campus.fill_in(text)).split()))
    return words if len(words) <= EXCERPT_CHARS else f"{words[:EXCERPT_CHARS].rsplit(' ', 1)[0]} …"
