from collections.abc import Callable

import pytest

from accounts.models import User
from backplane.models import Version
from knowledge import publishing
from knowledge.models import Article, Revision, RevisionState, Status
from knowledge.publishing import AlreadyDecided
from knowledge.search import TOPIC

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


def propose(article: Article) -> Revision:
    return article.revisions.create(
        title="Connect by VPN", body="## New\n\nText.\n", state=RevisionState.PROPOSED
    )
