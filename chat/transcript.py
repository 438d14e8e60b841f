"""A conversation as text: for the hand-off and for the student's own copy."""

from datetime import date
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from chat.completion import Source
from chat.models import Conversation, Message


def as_markdown(conversation: Conversation, path: list[Message]) -> str:
    """The given path, oldest first, each message under the name of who wrote it."""
    prefetch_related_objects(path, "completion")
    parts = [f"# {conversation.title}"] if conversation.title else []
    for message in path:
        speaker = _("You") if message.is_question else _("Assistant")
        parts.append(f"**{speaker}** · {message.written_at:%Y-%m-%d %H:%M} UTC")
        parts.append(message.text or _("(no text)"))
        if not message.is_question:
            parts.extend(_source_lines(message))
    return "\n\n".join(parts) + "\n"


def as_json(conversation: Conversation) -> dict[str, Any]:
    """The whole tree: every message with its parent, and which leaf the page shows."""
    messages = conversation.messages.select_related("completion", "feedback").order_by("pk")
    return {
        "id": str(conversation.pk),
        "title": conversation.title,
        "started_at": conversation.started_at.isoformat(),
        "leaf": conversation.leaf_id,
        "messages": [_message_as_json(message) for message in messages],
    }


def source_as_json(source: Source) -> dict[str, Any]:
    return {
        "number": source.number,
        "title": source.title,
        "url": source.url,
        "section": source.section,
        "checked": source.checked.isoformat() if source.checked else None,
        "article_id": source.article_id,
    }


def sources_of(message: Message) -> tuple[Source, ...]:
    """The sources stored with an answer."""
    completion = getattr(message, "completion", None)
    return tuple(map(_source_from_json, completion.sources if completion else ()))


def _source_from_json(row: dict[str, Any]) -> Source:
    checked = date.fromisoformat(row["checked"]) if row["checked"] else None
    return Source(**{**row, "checked": checked})


def _source_lines(message: Message) -> list[str]:
    lines = [f"[{source.number}] {source.title} ({source.url})" for source in sources_of(message)]
    return ["  \n".join(lines)] if lines else []


def _message_as_json(message: Message) -> dict[str, Any]:
    completion, feedback = getattr(message, "completion", None), getattr(message, "feedback", None)
    return {
        "id": message.pk,
        "parent": message.parent_id,
        "role": message.role,
        "text": message.text,
        "written_at": message.written_at.isoformat(),
        "status": completion.status if completion else None,
        "sources": completion.sources if completion else [],
        "rating": None
        if feedback is None
        else {"helped": feedback.is_helpful, "reason": feedback.reason, "note": feedback.note},
    }
