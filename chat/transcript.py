"""A conversation as text: for the hand-off and for the student's own copy."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from accounts import campus
from accounts.models import User
from chat.completion import Source
from chat.models import Completion, Conversation, Feedback, Message, Status


@dataclass(frozen=True, slots=True)
class Voice:
    """How a transcript speaks of the student: by which name, and when they stopped an answer."""

    student: str
    stopped: str


def to_student() -> Voice:
    return Voice(_("You"), _("(stopped by you)"))


def to_desk(student: User) -> Voice:
    return Voice(str(student), _("(stopped by the student)"))


def as_markdown(conversation: Conversation, path: list[Message], voice: Voice | None = None) -> str:
    """The given path, oldest first, each message under who wrote it and when, in campus time.

    Without a voice it speaks to the student.
    """
    prefetch_related_objects(path, "completion", "feedback")
    voice = voice or to_student()
    parts = [f"# {conversation.title}"] if conversation.title else []
    for message in path:
        parts.extend(_told(message, voice))
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


def _told(message: Message, voice: Voice) -> list[str]:
    speaker = voice.student if message.is_question else _("Assistant")
    written_at = message.written_at.astimezone(campus.time_zone())
    told = [f"**{speaker}** · {written_at:%Y-%m-%d %H:%M %Z}", message.text or _("(no text)")]
    return told if message.is_question else told + _marks(message, voice) + _source_lines(message)


def _marks(answer: Message, voice: Voice) -> list[str]:
    """How the answer ended, unless it is whole, and that it did not help, if the student said so.

    An answer still running is cut off by the hand-off that reads it.
    """
    completion: Completion | None = getattr(answer, "completion", None)
    feedback: Feedback | None = getattr(answer, "feedback", None)
    marks = []
    if completion and completion.status != Status.COMPLETE:
        is_stopped = completion.status == Status.STOPPED
        marks.append(voice.stopped if is_stopped else _("(cut off)"))
    if feedback and not feedback.is_helpful:
        marks.append(_unhelpful(feedback))
    return marks


def _unhelpful(feedback: Feedback) -> str:
    if not feedback.reason:
        return _("(did not help)")
    return _("(did not help: %(reason)s)") % {"reason": feedback.get_reason_display()}


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
