from collections.abc import Callable
from functools import partial

import pytest

from accounts.models import User
from backplane.models import Version
from knowledge import passages, publishing
from knowledge.models import Article, Revision, RevisionState, Status
from knowledge.publishing import AlreadyDecided
from knowledge.search import TOPIC
from tests.knowledge.at_once import at_once

pytestmark = pytest.mark.postgres

WriteArticle = Callable[..., Article]


@pytest.fixture
def article(write: WriteArticle) -> Article:
    return write("vpn", "Connect to the VPN", "## Install it\n\nDownload the client.\n")


def test_an_edit_leaves_a_revision_new_passages_and_news_for_the_search(
    article: Article, margaret: User
) -> None:
    version = Version.objects.get(topic=TOPIC).version

    article.body = "## Install it\n\nDownload version 2.\n"
    publishing.edit(article, by=margaret, reason="New client")

    revision = article.revisions.first()
    assert revision is not None
    assert (revision.body, revision.author, revision.reason) == (
        article.body,
        margaret,
        "New client",
    )
    assert article.passages.get().text == "Download version 2."
    assert Version.objects.get(topic=TOPIC).version == version + 1


def test_an_edit_of_other_fields_makes_no_revision(article: Article, margaret: User) -> None:
    article.owner = "network team"
    publishing.edit(article, by=margaret)

    assert article.revisions.count() == 1


def test_an_earlier_text_is_restored_as_a_new_revision(article: Article, margaret: User) -> None:
    first = article.revisions.get()
    article.body = "## Install it\n\nWrong.\n"
    publishing.edit(article, by=margaret)

    publishing.restore(first, by=margaret)

    article.refresh_from_db()
    assert article.body == first.body
    assert article.revisions.count() == 3
    assert article.passages.get().text == "Download the client."


def test_a_proposal_is_accepted_once(article: Article, margaret: User) -> None:
    proposal = propose(article)

    publishing.accept(proposal, by=margaret)

    article.refresh_from_db()
    assert article.title == "Connect by VPN"
    assert article.revisions.first() == proposal
    with pytest.raises(AlreadyDecided):
        publishing.dismiss(proposal, by=margaret)


def test_a_dismissed_proposal_changes_nothing(article: Article, margaret: User) -> None:
    proposal = propose(article)

    publishing.dismiss(proposal, by=margaret)

    article.refresh_from_db()
    proposal.refresh_from_db()
    assert article.title == "Connect to the VPN"
    assert proposal.state == RevisionState.DISMISSED


def test_archiving_keeps_an_edit_made_meanwhile(article: Article) -> None:
    Article.objects.filter(pk=article.pk).update(owner="network team")

    publishing.archive(article)

    article.refresh_from_db()
    assert (article.status, article.owner) == (Status.ARCHIVED, "network team")


@pytest.mark.django_db(transaction=True)
def test_of_two_edits_at_once_both_texts_are_kept_and_the_passages_fit_the_later(
    article: Article, margaret: User, linus: User
) -> None:
    for round_ in range(5):
        bodies = [f"## By {who}\n\n{round_}\n\n## Again\n\n{who}\n" for who in ("M", "L")]

        results = at_once(
            partial(rewrite, article.pk, bodies[0], margaret),
            partial(rewrite, article.pk, bodies[1], linus),
        )

        assert results == [None, None]
        article.refresh_from_db()
        kept = list(article.revisions.values_list("body", flat=True))
        assert sorted(kept[:2]) == sorted(bodies)
        assert len(kept) == 2 * round_ + 3
        assert article.body == kept[0]
        assert passages.are_current(article)


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_counts(article: Article, margaret: User, linus: User) -> None:
    for _ in range(5):
        proposal = propose(article)

        results = at_once(
            partial(publishing.accept, Revision.objects.get(pk=proposal.pk), by=margaret),
            partial(publishing.dismiss, Revision.objects.get(pk=proposal.pk), by=linus),
        )

        assert sorted(type(result).__name__ for result in results) == ["AlreadyDecided", "NoneType"]


def rewrite(pk: int, body: str, by: User) -> None:
    article = Article.objects.get(pk=pk)
    article.body = body
    publishing.edit(article, by=by)


def propose(article: Article) -> Revision:
    return article.revisions.create(
        title="Connect by VPN", body="## New\n\nText.\n", state=RevisionState.PROPOSED
    )
