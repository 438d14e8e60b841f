"""Conversations and articles as they are after something happened, with no reply running."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from chat.models import Completion, Conversation, Message, Role, Status
from chat.process import PROCESS
from knowledge import publishing
from knowledge.models import Article, Category
from knowledge.models import Status as ArticleStatus
from knowledge.search import refresh

GONE = "desk-2:1:00000000"
"""A process of another machine, whose replies only their heartbeat can tell about."""


def conversation_of(student: User, *texts: str, title: str = "") -> Conversation:
    """A conversation whose path is these texts: question, answer, question, answer, …"""
    made = Conversation.objects.create(student=student, title=title or (texts or ("",))[0][:60])
    for place, text in enumerate(texts):
        add_message(made, text, Role.ANSWER if place % 2 else Role.QUESTION)
    return made


def add_message(conversation: Conversation, text: str, role: Role) -> Message:
    """Put a message below the leaf and make it the leaf; an answer is complete."""
    message = Message.objects.create(
        conversation=conversation, parent=conversation.leaf, role=role, text=text
    )
    if role == Role.ANSWER:
        complete(message)
    conversation.leaf = message
    conversation.save()
    return message


def complete(answer: Message, status: Status = Status.COMPLETE) -> Completion:
    return Completion.objects.create(
        message=answer,
        conversation=answer.conversation,
        status=status,
        owner=PROCESS,
        started_at=timezone.now() - timedelta(minutes=5),
        finished_at=timezone.now(),
    )


def long_conversation(student: User, messages: int) -> Conversation:
    """A path of so many messages, the first a question, each text its number from 1."""
    made = Conversation.objects.create(student=student, title="A long one")
    for number in range(1, messages + 1):
        add_message(made, str(number), Role.QUESTION if number % 2 else Role.ANSWER)
    return made


def silent_since(completion: Completion, owner: str = GONE, **ago: float) -> Completion:
    """The reply as another process left it, its last sign of life `ago`."""
    completion.owner = owner
    completion.heartbeat_at = timezone.now() - timedelta(**ago)
    completion.save(update_fields=["owner", "heartbeat_at"])
    return completion


def article(title: str, body: str, **fields: Any) -> Article:
    """A published article that the search finds."""
    category, _created = Category.objects.get_or_create(
        slug="general", defaults={"name": "General"}
    )
    made = Article(
        slug=title.lower().replace(" ", "-"),
        title=title,
        body=body,
        category=category,
        status=ArticleStatus.PUBLISHED,
        **fields,
    )
    publishing.store(made)
    refresh()
    return made


def printing() -> Article:
    """What the help centre knows when questions are about printing."""
    steps = "## Steps\n\nOpen the print page, choose the file and print it in colour."
    symptoms = "How do I print?\nprint my thesis\nprint from my laptop or my phone"
    return article("Print from your laptop", steps, symptoms=symptoms)


def source(number: int = 1, title: str = "Reset your password") -> dict[str, Any]:
    """A source as it is stored with an answer."""
    return {
        "number": number,
        "title": title,
        "url": f"/help/{title.lower().replace(' ', '-')}/",
        "section": "",
        "checked": "2026-03-02",
        "article_id": number,
    }


def texts(messages: Sequence[Message]) -> list[str]:
    return [message.text for message in messages]
