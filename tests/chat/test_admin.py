"""The back office's list of thumbs: what was asked and from which article, never by whom."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from chat.models import Feedback
from tests.factories import conversation_of, source

pytestmark = pytest.mark.django_db

LIST = reverse("admin:chat_feedback_changelist")


def thumb_down(student: User, question: str, **fields: object) -> Feedback:
    answer = conversation_of(student, question, "Like this [1].").leaf
    fields = {"reason": "wrong", "note": "since May", "shown_sources": [source(7)]} | fields
    return Feedback.objects.create(message=answer, author=student, is_helpful=False, **fields)


def test_a_thumb_shows_its_question_its_article_and_its_note(client_of, margaret, ada):
    thumb_down(ada, "How do I reset it? " + "x" * 100)

    page = client_of(margaret).get(LIST).content.decode()

    address = reverse("admin:knowledge_article_change", args=[7])
    assert f'<a href="{address}">Reset your password</a>' in page
    assert f"How do I reset it? {'x' * 60}…" in page
    assert "since May" in page
    assert "Lovelace" not in page
    assert ada.email not in page


@pytest.mark.parametrize("sources", [[], [source(7) | {"article_id": None}]])
def test_a_thumb_without_an_article_has_no_link(client_of, margaret, ada, sources):
    thumb_down(ada, "How?", shown_sources=sources)

    page = client_of(margaret).get(LIST).content.decode()

    assert "/admin/knowledge/article/7/" not in page


def test_more_thumbs_take_no_more_queries(client_of, margaret, ada):
    browser = client_of(margaret)
    thumb_down(ada, "One?")
    with CaptureQueriesContext(connection) as for_one:
        browser.get(LIST)
    for _ in range(5):
        thumb_down(ada, "More?")

    with CaptureQueriesContext(connection) as for_six:
        browser.get(LIST)

    assert len(for_six) == len(for_one)
