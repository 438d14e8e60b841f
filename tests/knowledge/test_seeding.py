from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts import campus
from accounts.models import User
from knowledge import passages, publishing, seeding
from knowledge.models import Article, Audience, Category, Revision, RevisionState, Status
from knowledge.search import Hit
from knowledge.seeding import BadSeed, Seeded
from tests.knowledge.at_once import at_once

pytestmark = pytest.mark.postgres

FILE = """---
title: {title}
topics: [vpn, library-access]
category: wifi-and-network
audience: everyone
owner: network team
reviewed: 2026-10-20
summary: Get the client and connect.
symptoms:
  - vpn will not connect
  - 404
related: [other, missing]
---
## Connect

Go to {{{{ campus.url.vpn_portal }}}}.
"""


@pytest.fixture
def folder(tmp_path: Path, db: None) -> Path:
    put(tmp_path, "vpn", "Connect to the VPN")
    return tmp_path


def put(folder: Path, slug: str, title: str) -> None:
    (folder / f"{slug}.md").write_text(FILE.format(title=title), encoding="utf-8")


def test_a_missing_article_is_added_and_published(folder: Path) -> None:
    seeded = seeding.seed(folder)

    article = Article.objects.get()
    assert seeded == Seeded(1, 0, 0)
    assert (article.slug, article.status, article.audience) == (
        "vpn",
        Status.PUBLISHED,
        Audience.EVERYONE,
    )
    assert article.symptoms == "vpn will not connect\n404"
    assert article.reviewed_on == date(2026, 10, 20)
    assert article.passages.get().text == "Go to {{ campus.url.vpn_portal }}."
    assert Category.objects.count() == 8


def test_a_second_seeding_of_the_same_files_takes_four_queries(
    folder: Path, django_assert_num_queries: object
) -> None:
    seeding.seed(folder)

    with django_assert_num_queries(4):  # type: ignore[operator]
        seeded = seeding.seed(folder)

    assert seeded == Seeded(0, 0, 0)


def test_untouched_text_follows_its_file(folder: Path) -> None:
    seeding.seed(folder)

    put(folder, "vpn", "Use the VPN")
    seeded = seeding.seed(folder)

    assert seeded == Seeded(0, 1, 0)
    assert Article.objects.get().title == "Use the VPN"


def test_what_a_person_edited_is_never_touched(folder: Path, margaret: User) -> None:
    seeding.seed(folder)
    edit(margaret, title="Our own words")

    seeded = seeding.seed(folder)

    assert seeded == Seeded(0, 0, 0)
    assert Article.objects.get().title == "Our own words"


def test_a_newer_file_of_an_edited_article_is_proposed_once(folder: Path, margaret: User) -> None:
    seeding.seed(folder)
    article = edit(margaret, title="Our own words")
    put(folder, "vpn", "Use the VPN")

    first, second = seeding.seed(folder), seeding.seed(folder)

    assert (first, second) == (Seeded(0, 0, 1), Seeded(0, 0, 0))
    proposal = article.revisions.get(state=RevisionState.PROPOSED)
    assert proposal.title == "Use the VPN"
    assert Article.objects.get().title == "Our own words"


def test_a_dismissed_proposal_does_not_come_back(folder: Path, margaret: User) -> None:
    seeding.seed(folder)
    article = edit(margaret, title="Our own words")
    put(folder, "vpn", "Use the VPN")
    seeding.seed(folder)
    publishing.dismiss(article.revisions.get(state=RevisionState.PROPOSED), by=margaret)

    seeded = seeding.seed(folder)

    assert seeded == Seeded(0, 0, 0)


def test_an_even_newer_file_takes_the_place_of_an_open_proposal(
    folder: Path, margaret: User
) -> None:
    seeding.seed(folder)
    article = edit(margaret, title="Our own words")
    put(folder, "vpn", "Use the VPN")
    seeding.seed(folder)

    put(folder, "vpn", "Use our VPN")
    seeding.seed(folder)

    assert article.revisions.get(state=RevisionState.PROPOSED).title == "Use our VPN"


def test_an_archived_article_stays_archived(folder: Path) -> None:
    seeding.seed(folder)
    publishing.archive(Article.objects.get())

    put(folder, "vpn", "Use the VPN")
    seeding.seed(folder)

    assert Article.objects.get().status == Status.ARCHIVED


def test_articles_are_related_whatever_their_order(folder: Path) -> None:
    put(folder, "other", "Another")

    seeding.seed(folder)

    related = Article.objects.get(slug="vpn").related.all()
    assert [article.slug for article in related] == ["other"]


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("campus.url.vpn_portal", "campus.url.no_such_page"),
        ("audience: everyone", "audience: nobody"),
        ("category: wifi-and-network", "category: cooking"),
        ("title: Connect to the VPN", "heading: Connect"),
        ("reviewed: 2026-10-20", "reviewed: soon"),
    ],
)
def test_a_wrong_file_is_named_and_nothing_is_stored(
    folder: Path, written: str, instead: str
) -> None:
    put(folder, "other", "Another")
    path = folder / "vpn.md"
    path.write_text(path.read_text().replace(written, instead))

    with pytest.raises(BadSeed, match=r"vpn\.md"):
        seeding.seed(folder)

    assert Article.objects.count() == 0


def test_the_repository_s_own_articles_can_be_seeded(db: None) -> None:
    seeded = seeding.seed()

    assert seeded.added >= 40


@pytest.mark.django_db(transaction=True)
def test_of_two_seedings_at_once_one_adds_and_the_other_finds_it_done(folder: Path) -> None:
    put(folder, "other", "Another")

    results = at_once(*[partial(seeding.seed, folder)] * 3)

    assert sorted(result.added for result in results) == [0, 0, 2]
    assert Seeded(0, 0, 0) in results
    assert Article.objects.count() == Revision.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_newer_seedings_at_once_one_updates(folder: Path) -> None:
    seeding.seed(folder)
    put(folder, "vpn", "Use the VPN")

    results = at_once(*[partial(seeding.seed, folder)] * 3)

    assert sorted(result.updated for result in results) == [0, 0, 1]
    assert Revision.objects.count() == 2


class TestChangedCampus:
    """A heading that names the learning platform, whose name the campus then changes."""

    @pytest.fixture
    def rename(self, settings: Settings, tmp_path: Path) -> Iterator[Callable[[str, str], None]]:
        """Change a value of the campus file, as before a new start."""

        def change(old: str, new: str) -> None:
            text = settings.CAMPUS_FILE.read_text(encoding="utf-8")
            assert old in text
            settings.CAMPUS_FILE = tmp_path / "campus.toml"
            settings.CAMPUS_FILE.write_text(text.replace(old, new), encoding="utf-8")
            campus.load.cache_clear()

        yield change
        campus.load.cache_clear()

    @pytest.fixture
    def article(self, folder: Path) -> Article:
        path = folder / "vpn.md"
        path.write_text(path.read_text().replace("## Connect", "## Open {{ campus.lms.name }}"))
        seeding.seed(folder)
        return Article.objects.get()

    def test_anchors_follow_at_the_next_start_and_searches_hear_of_it(
        self,
        folder: Path,
        article: Article,
        rename: Callable[..., None],
        find: Callable[..., list[Hit]],
    ) -> None:
        before = article.passages.get()
        assert find("vpn")[0].anchor == before.anchor
        rename(f'name = "{campus.load().lms.name}"', 'name = "Moodle"')

        seeded = seeding.seed(folder)

        after = article.passages.get()
        assert seeded == Seeded(0, 0, 0)
        assert (after.pk, after.heading, after.anchor) == (before.pk, "Open Moodle", "open-moodle")
        assert passages.are_current(article)
        assert find("vpn")[0].anchor == "open-moodle"
        assert article.revisions.count() == 1

    def test_what_a_person_edited_follows_too_and_its_text_stays(
        self, folder: Path, article: Article, rename: Callable[..., None], margaret: User
    ) -> None:
        edited = edit(margaret, title="Our own words")
        rename(f'name = "{campus.load().lms.name}"', 'name = "Moodle"')

        seeding.seed(folder)

        edited.refresh_from_db()
        assert edited.passages.get().anchor == "open-moodle"
        assert (edited.title, edited.seed_digest) == ("Our own words", "")

    def test_a_value_that_is_gone_does_not_stop_the_start(
        self, folder: Path, article: Article, rename: Callable[..., None]
    ) -> None:
        rename("[lms]", "[platform]")

        seeded = seeding.seed(folder)

        assert seeded == Seeded(0, 0, 0)
        assert article.passages.get().anchor == "open-learn"


def edit(by: User, *, title: str) -> Article:
    article = Article.objects.get()
    article.title = title
    publishing.edit(article, by=by)
    return article
