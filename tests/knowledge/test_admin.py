from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from knowledge.models import Article, Revision, RevisionState, Status

WriteArticle = Callable[..., Article]

Browser = Callable[[User], Client]


@pytest.fixture
def article(write: WriteArticle) -> Article:
    return write("vpn", "Connect to the VPN", "## Install\n\nOld line.\n")


@pytest.fixture
def proposal(article: Article) -> Revision:
    return article.revisions.create(
        title=article.title, body="## Install\n\nNew line.\n", state=RevisionState.PROPOSED
    )


def form_of(article: Article, **changes: str) -> dict[str, str]:
    return {
        "title": article.title,
        "slug": article.slug,
        "body": article.body,
        "category": str(article.category_id),
        "audience": article.audience,
        "status": article.status,
        "topics": "[]",
        "reviewed_on": "2026-11-01",
        "revisions-TOTAL_FORMS": "0",
        "revisions-INITIAL_FORMS": "0",
        **changes,
    }


def test_saving_goes_through_the_verb(article: Article, margaret: User, client_of: Browser) -> None:
    url = reverse("admin:knowledge_article_change", args=[article.pk])

    answer = client_of(margaret).post(
        url, form_of(article, body="## Install\n\nBetter.\n", reason="Clearer")
    )

    revision = article.revisions.first()
    assert answer.status_code == 302
    assert revision is not None
    assert (revision.author, revision.reason) == (margaret, "Clearer")
    assert article.passages.get().text == "Better."


def test_an_unknown_campus_value_is_refused(
    article: Article, margaret: User, client_of: Browser
) -> None:
    url = reverse("admin:knowledge_article_change", args=[article.pk])

    answer = client_of(margaret).post(url, form_of(article, body="{{ campus.nowhere }}"))

    assert answer.status_code == 200
    assert b"campus.nowhere is not in" in answer.content
    article.refresh_from_db()
    assert article.body == "## Install\n\nOld line.\n"


def test_a_revision_is_compared_with_the_present_text(
    proposal: Revision, margaret: User, client_of: Browser
) -> None:
    url = reverse("admin:knowledge_article_revision", args=[proposal.article_id, proposal.pk])

    page = client_of(margaret).get(url).content.decode()

    assert "<del>Old line.</del>" in page
    assert "<ins>New line.</ins>" in page
    assert "style=" not in page
    assert '<ol class="breadcrumbs">' in page


@pytest.mark.parametrize(
    ("verb", "state", "line"),
    [
        ("accept", RevisionState.ACCEPTED, "New line."),
        ("dismiss", RevisionState.DISMISSED, "Old line."),
    ],
)
def test_a_proposal_is_decided_on(
    proposal: Revision, margaret: User, client_of: Browser, verb: str, state: str, line: str
) -> None:
    url = reverse("admin:knowledge_article_decide", args=[proposal.article_id, proposal.pk, verb])

    answer = client_of(margaret).post(url)

    proposal.refresh_from_db()
    assert answer.status_code == 302
    assert proposal.state == state
    assert line in Article.objects.get().body


def test_a_decision_is_not_made_by_following_a_link(
    proposal: Revision, margaret: User, client_of: Browser
) -> None:
    url = reverse(
        "admin:knowledge_article_decide", args=[proposal.article_id, proposal.pk, "accept"]
    )

    assert client_of(margaret).get(url).status_code == 405


def test_grace_may_not_decide_and_eve_finds_no_such_page(
    proposal: Revision, grace: User, eve: User, client_of: Browser
) -> None:
    url = reverse(
        "admin:knowledge_article_decide", args=[proposal.article_id, proposal.pk, "accept"]
    )

    assert client_of(grace).post(url).status_code == 403
    assert client_of(eve).post(url, follow=True).status_code == 404
    proposal.refresh_from_db()
    assert proposal.state == RevisionState.PROPOSED


def test_the_list_filters_what_is_due_and_what_is_to_decide(
    proposal: Revision, write: WriteArticle, margaret: User, client_of: Browser
) -> None:
    write("other", "Another article", "## A\n\nText.\n")
    url = reverse("admin:knowledge_article_changelist")

    page = client_of(margaret).get(url, {"proposal": "open"}).content.decode()

    assert "Connect to the VPN" in page
    assert "Another article" not in page


def test_articles_are_archived_by_the_action(
    article: Article, margaret: User, client_of: Browser
) -> None:
    url = reverse("admin:knowledge_article_changelist")

    client_of(margaret).post(url, {"action": "archive", "_selected_action": [str(article.pk)]})

    article.refresh_from_db()
    assert article.status == Status.ARCHIVED
