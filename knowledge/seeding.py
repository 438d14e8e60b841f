"""Files seed, the database rules.

A seed article that is missing is added; one that nobody edited follows its file; for one that
a person edited, a newer file becomes a proposed revision, once. What a person archived stays
archived, and nothing is ever deleted. Passages follow a changed campus file, whose values stand in
headings and therefore in their anchors.
"""

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import frontmatter
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import campus
from knowledge import passages, publishing
from knowledge.models import Article, Audience, Category, Revision, RevisionState, Status
from knowledge.publishing import Text

FOLDER = Path(__file__).with_name("articles")

CATEGORIES = (
    ("wifi-and-network", "Wi-Fi and network", "wifi", "Connect laptops, phones and consoles"),
    ("account-and-password", "Account and password", "key-round", "Start, unlock and keep yours"),
    ("two-step-sign-in", "Two-step sign-in", "shield-check", "Codes, approvals and new phones"),
    ("printing", "Printing", "printer", "Print, scan and pay on campus"),
    ("courses-and-exams", "Courses and exams", "graduation-cap", "Course site, recordings, tests"),
    ("software-and-devices", "Software and devices", "laptop", "Licences, loans, labs and repairs"),
    ("email-and-files", "Email and files", "mail", "Mailbox, calendar, lists and storage"),
    ("security-and-safety", "Security and safety", "shield-alert", "Scams, theft, hacked accounts"),
)


class BadSeed(Exception):
    """A seed file that cannot be used; says which and why."""


@dataclass(frozen=True, slots=True)
class Seed:
    """A seed file as read; `digest` is the SHA-256 of its bytes in hexadecimal."""

    slug: str
    digest: str
    text: Text
    topics: tuple[str, ...]
    category: str
    audience: Audience
    owner: str
    reviewed_on: date
    related: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seeded:
    """How many articles a seeding added, brought up to date, or has proposals for."""

    added: int
    updated: int
    proposed: int


def seed(folder: Path = FOLDER) -> Seeded:
    """Bring the seed files of a folder into the database; four queries when nothing changed.

    Raises BadSeed and stores nothing when any file is wrong.
    """
    _seed_categories()
    seen = dict(Article.objects.values_list("slug", "seed_digest"))
    new = [
        (path, content)
        for path, content in _files(folder)
        if seen.get(path.stem) != _digest(content)
    ]
    seeds = [read(path.stem, content) for path, content in new]
    seeded = _store(seeds) if seeds else Seeded(0, 0, 0)
    _follow_campus()
    return seeded


def read(slug: str, content: bytes) -> Seed:
    """A seed file's content. Raises BadSeed."""
    try:
        post = frontmatter.loads(content.decode())
        seed = _seed(slug, _digest(content), post.metadata, post.content)
        for part in (seed.text.title, seed.text.summary, seed.text.symptoms, seed.text.body):
            campus.fill_in(part)
    except (KeyError, ValueError, TypeError, campus.UnknownCampusValue) as error:
        raise BadSeed(f"{slug}.md: {type(error).__name__}: {error}") from error
    return seed


def _seed(slug: str, digest: str, meta: Mapping[str, Any], body: str) -> Seed:
    text = Text(
        title=str(meta["title"]),
        summary=str(meta["summary"]),
        symptoms="\n".join(str(symptom) for symptom in meta["symptoms"]),
        body=body.strip() + "\n",
    )
    return Seed(
        slug=slug,
        digest=digest,
        text=text,
        topics=tuple(meta["topics"]),
        category=str(meta["category"]),
        audience=Audience(meta["audience"]),
        owner=str(meta["owner"]),
        reviewed_on=_day(meta["reviewed"]),
        related=tuple(meta.get("related", ())),
    )


def _files(folder: Path) -> Iterable[tuple[Path, bytes]]:
    return ((path, path.read_bytes()) for path in sorted(folder.glob("*.md")))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _day(value: object) -> date:
    if not isinstance(value, date):
        raise TypeError(f"reviewed is {value!r}, not a day")
    return value


def _seed_categories() -> None:
    known = set(Category.objects.values_list("slug", flat=True))
    Category.objects.bulk_create(
        (
            Category(slug=slug, name=name, icon=icon, summary=summary, position=position)
            for position, (slug, name, icon, summary) in enumerate(CATEGORIES)
            if slug not in known
        ),
        ignore_conflicts=True,
    )


@transaction.atomic
def _store(seeds: Iterable[Seed]) -> Seeded:
    seeds = list(seeds)
    slugs = [seed.slug for seed in seeds]
    # The categories first: of two seedings at once, the second sees what the first has added.
    categories = {c.slug: c for c in Category.objects.select_for_update(no_key=True)}
    articles = {a.slug: a for a in Article.objects.select_for_update().filter(slug__in=slugs)}
    offered = set(
        Revision.objects.filter(article__slug__in=slugs).values_list("article__slug", "seed_digest")
    )
    followed: list[Seed] = []
    added = updated = proposed = 0
    for seed in seeds:
        article = articles.get(seed.slug)
        if article is not None and article.seed_digest == seed.digest:
            continue
        if article is None or article.seed_digest:
            _follow(article or Article(slug=seed.slug, status=Status.PUBLISHED), seed, categories)
            followed.append(seed)
            added, updated = added + (article is None), updated + (article is not None)
        elif (seed.slug, seed.digest) not in offered and Text.of(article) != seed.text:
            _propose(article, seed)
            proposed += 1
    _relate(followed)
    return Seeded(added, updated, proposed)


def _follow(article: Article, seed: Seed, categories: Mapping[str, Category]) -> None:
    """Make the article what its file says."""
    if seed.category not in categories:
        raise BadSeed(f"{seed.slug}.md: there is no category {seed.category}")
    seed.text.write_to(article)
    article.topics = list(seed.topics)
    article.category = categories[seed.category]
    article.audience, article.owner = seed.audience, seed.owner
    article.reviewed_on, article.seed_digest = seed.reviewed_on, seed.digest
    publishing.store(article)
    publishing.record(article, by=None, reason=_("From the seed file"), seed_digest=seed.digest)


def _follow_campus() -> None:
    """Cut the articles again whose headings name a value that changed since they were cut.

    One that names a value which is gone stays as it is; the search leaves it out and logs it.
    """
    for article in Article.objects.filter(body__contains="{{").prefetch_related("passages"):
        with suppress(campus.UnknownCampusValue):
            if not passages.are_current(article):
                publishing.recut(article)


def _propose(article: Article, seed: Seed) -> None:
    """Offer a newer text for an edited article; it takes the place of an older offer."""
    open_offers = article.revisions.filter(state=RevisionState.PROPOSED)
    open_offers.update(state=RevisionState.DISMISSED)
    revision = Revision(
        article=article,
        state=RevisionState.PROPOSED,
        reason=_("Newer seed file"),
        seed_digest=seed.digest,
    )
    seed.text.write_to(revision)
    revision.save()


def _relate(seeds: Iterable[Seed]) -> None:
    """Link the followed articles, once all of them exist; unknown slugs are left out."""
    articles = {article.slug: article for article in Article.objects.only("pk", "slug")}
    for seed in seeds:
        articles[seed.slug].related.add(
            *(articles[slug] for slug in seed.related if slug in articles)
        )
