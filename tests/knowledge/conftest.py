"""Fixtures of the knowledge tests; pytest reads this file before Django is set up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from knowledge.models import Article, Category
    from knowledge.search import Hit

    WriteArticle = Callable[..., Article]


@pytest.fixture
def stranger() -> AnonymousUser:
    from django.contrib.auth.models import AnonymousUser

    return AnonymousUser()


@pytest.fixture
def category(db: None) -> Category:
    from knowledge.models import Category

    return Category.objects.create(slug="network", name="Network")


@pytest.fixture
def write(category: Category) -> WriteArticle:
    """Publish an article of a few words; the search does not know of it yet."""
    from knowledge import publishing
    from knowledge.models import Article, Audience, Status

    def write_article(
        slug: str, title: str, body: str, *, audience: str = Audience.EVERYONE, symptoms: str = ""
    ) -> Article:
        article = Article(
            slug=slug,
            title=title,
            body=body,
            symptoms=symptoms,
            audience=audience,
            category=category,
            status=Status.PUBLISHED,
            topics=[slug],
        )
        publishing.edit(article, by=None)
        return article

    return write_article


@pytest.fixture
def find(stranger: AnonymousUser) -> Callable[..., list[Hit]]:
    """Search after bringing the index up to date, as the version's watcher does."""
    from knowledge import search

    def find_passages(text: str, reader: object = stranger, limit: int = 6) -> list[Hit]:
        search.refresh()
        return search.search(text, reader=reader, limit=limit)

    return find_passages
