"""Search over the passages that the reader may read: BM25 and embeddings, fused.

for hit in search("eduroam on my iphone", reader=request.user):
    print(hit.score, hit.title, hit.heading)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from knowledge.models import Reader
from knowledge.search import embedding, shelf
from knowledge.search.index import Hit
from knowledge.search.shelf import is_ready
from knowledge.search.text import lexicon

__all__ = [
    "FLOOR",
    "LONGEST",
    "TOPIC",
    "Hit",
    "Query",
    "holding",
    "is_ready",
    "lacks",
    "refresh",
    "search",
    "warm_up",
]

TOPIC = "search-index"
"""The version topic that is bumped whenever what the search finds may have changed."""

FLOOR = 0.2
"""Below this score the articles probably do not answer; see `docs/decisions/0005-search.md`."""

LONGEST = 2_000
"""Characters of a question that are read; what follows changes nothing."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question with what the conversation adds to it.

    `boost_articles` adds to the strength of articles by id: 0.1 is a nudge, 0.5 as good as a
    match. `system` is the operating system last spoken of, used when the text names none.
    """

    text: str
    boost_articles: Mapping[int, float] = field(default_factory=dict)
    system: str = ""


def search(query: str | Query, *, reader: Reader, limit: int = 6) -> list[Hit]:
    """The best passages for the question, best article first.

    Three passages of the best article at most, two of the second and one of each other, so that
    six hits hold three articles. Passages for the system in question come before others.
    """
    if isinstance(query, str):
        query = Query(query)
    return shelf.index_of(reader).search(
        query.text[:LONGEST], system=query.system, boosts=query.boost_articles, limit=limit
    )


def holding(text: str, *, reader: Reader) -> list[Hit]:
    """The best passage of each article with a rare word of the text, whatever its score.

    For a list that the reader judges; an answer needs `FLOOR`.
    """
    return shelf.index_of(reader).holding(text[:LONGEST])


def lacks(text: str, *, reader: Reader) -> bool:
    """Whether a word of the text is in no article of the reader's and no word of the trade."""
    return shelf.index_of(reader).lacks(text[:LONGEST])


def refresh(topic: str = TOPIC, version: int = 0) -> None:
    """Read the articles that changed; called by `backplane.versions` with what it watched."""
    shelf.refresh()


def warm_up() -> None:
    """Load what the first search would wait for: words, embeddings, indexes.

    Takes about a second and queries the database; for a thread of a starting web process.
    """
    lexicon()
    embedding.embed(["warm up"])
    shelf.refresh()
