"""The verbs of a conversation: what a student can do.

Each verb is one transaction that locks the conversation's row first. Verbs that leave a reply
to be written return its Completion; the process that called them runs it (`stream.start`).
Order of locks: student, conversation, completion, message, ticket.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.redaction import redact
from chat import replies, titles, transcript
from chat.errors import (
    EmptyQuestion,
    NotPossible,
    QuestionTooLong,
    ReplyRunning,
    TooManyQuestions,
    WithPerson,
)
from chat.guard.normalise import clean
from chat.models import Completion, Conversation, Draft, Feedback, Message, Role, Status
from chat.process import PROCESS
from tickets import lifecycle
from tickets.models import Comment, Ticket

UNDO_WINDOW = timedelta(days=30)
DRAFT_MAX_CHARS = 50_000
PACE_WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a question: stored as a message, or as a comment for the person who has
    the conversation; `reply` is to be run by this process when it is not None."""

    question: Message | None
    reply: Completion | None = None
    comment: Comment | None = None


def begin(by: User) -> Conversation:
    """Start an empty conversation."""
    return Conversation.objects.create(student=by)


@transaction.atomic
def begin_with(
    *, by: User, text: str, client_key: str = "", system: str = ""
) -> tuple[Conversation, Completion | None]:
    """Start a conversation with its first question. Raises as `ask` does; nothing stays then.

    A key that was seen before returns the conversation started then.
    """
    if seen := _begun_already(by, client_key):
        return seen, None
    started = begin(by)
    asked = ask(started, by=by, text=text, client_key=client_key, system=system)
    Draft.objects.filter(student=by, conversation=None).delete()
    return started, asked.reply


@transaction.atomic
def begin_with_person(*, by: User, text: str, client_key: str = "") -> Conversation:
    """Start a conversation that goes to a person with what was typed. Raises as `ask` does.

    A key that was seen before returns the conversation started then.
    """
    if seen := _begun_already(by, client_key):
        return seen
    text, removed = _storable(text)
    _check_pace(by)
    started = begin(by)
    question = started.messages.create(
        role=Role.QUESTION, text=text, removed=removed, client_key=client_key
    )
    started.leaf, started.title = question, titles.from_question(text)
    started.save(update_fields=["leaf", "title"])
    escalate(started, by=by, reason=_("The student asked for a person."))
    Draft.objects.filter(student=by, conversation=None).delete()
    return started


@transaction.atomic
def ask(
    conversation: Conversation, *, by: User, text: str, client_key: str = "", system: str = ""
) -> Asked:
    """Store a question and say who answers it; `system` is that of the device it comes from.

    Raises EmptyQuestion, QuestionTooLong or TooManyQuestions; nothing is stored then. A key
    that was seen before returns the question stored then.
    """
    locked = replies.locked(conversation)
    if client_key and (seen := locked.messages.filter(client_key=client_key).first()):
        return Asked(question=seen)
    text, removed = _storable(text)
    _check_pace(by)
    if locked.is_with_person and (comment := _tell_person(locked, by, text, client_key)):
        return Asked(question=None, comment=comment)
    running = replies.running(locked)
    question = _add_question(locked, running, text, removed, client_key)
    if system:
        question.system = system
        question.save(update_fields=["system"])
    if not locked.title:
        locked.title = titles.from_question(text)
    Draft.objects.filter(student=by, conversation=locked).delete()
    reply = None if running else replies.start(locked, question)
    replies.moved(locked)
    return Asked(question=question, reply=reply)


@transaction.atomic
def stop(conversation: Conversation) -> Completion | None:
    """Ask the running reply to stop; its process keeps what the student had seen."""
    running = replies.running(replies.locked(conversation))
    if running and running.stop_requested_at is None:
        running.stop_requested_at = timezone.now()
        running.save(update_fields=["stop_requested_at"])
    return running


@transaction.atomic
def regenerate(conversation: Conversation, answer_id: int) -> Completion:
    """Answer the same question again; the earlier answer stays as an alternative."""
    locked = _editable(conversation)
    answer = get_object_or_404(locked.messages, pk=answer_id, role=Role.ANSWER)
    if answer.parent is None:
        raise NotPossible
    _check_pace(locked.student)
    reply = replies.start(locked, answer.parent)
    replies.moved(locked)
    return reply


@transaction.atomic
def edit(conversation: Conversation, question_id: int, *, by: User, text: str) -> Completion:
    """Ask in other words: a new branch beside the old question. Raises as `ask` does."""
    locked = _editable(conversation)
    old = get_object_or_404(locked.messages, pk=question_id, role=Role.QUESTION)
    text, removed = _storable(text)
    _check_pace(by)
    question = locked.messages.create(
        parent=old.parent, role=Role.QUESTION, text=text, removed=removed
    )
    reply = replies.start(locked, question)
    replies.moved(locked)
    return reply


@transaction.atomic
def choose(conversation: Conversation, message_id: int) -> None:
    """Show this alternative and what followed it: only the leaf moves."""
    locked = _editable(conversation)
    chosen = get_object_or_404(locked.messages, pk=message_id)
    locked.leaf = Message.objects.newest_below(chosen.pk)
    replies.moved(locked)


@transaction.atomic
def carry_on(conversation: Conversation, answer_id: int) -> Completion:
    """Continue an answer that was cut off or stopped, from where its text ends."""
    locked = _editable(conversation)
    completion = get_object_or_404(
        locked.completions.select_related("message"),
        message_id=answer_id,
        status__in=Status.can_continue(),
    )
    _check_pace(locked.student)
    now = timezone.now()
    completion.status, completion.finish_reason, completion.notice = Status.RUNNING, "", ""
    completion.owner, completion.attempts = PROCESS, completion.attempts + 1
    completion.started_at = completion.heartbeat_at = now
    completion.stop_requested_at = completion.finished_at = None
    completion.save()
    locked.leaf = completion.message
    replies.moved(locked)
    return completion


@transaction.atomic
def rate(
    conversation: Conversation,
    answer_id: int,
    *,
    by: User,
    is_helpful: bool,
    reason: str,
    note: str,
) -> Feedback:
    """Store or change what the student thinks of an answer, with what was shown."""
    answer = get_object_or_404(
        conversation.messages.select_related("completion"), pk=answer_id, role=Role.ANSWER
    )
    feedback, _created = Feedback.objects.update_or_create(
        message=answer,
        defaults={
            "author": by,
            "is_helpful": is_helpful,
            "reason": "" if is_helpful else reason,
            "note": redact(clean(note)).text,
            "shown_text": answer.text,
            "shown_sources": answer.completion.sources,
            "rated_at": timezone.now(),
        },
    )
    return feedback


@transaction.atomic
def escalate(conversation: Conversation, *, by: User, reason: str) -> Ticket:
    """Pass the conversation to a person; a running reply ends, the ticket carries the talk."""
    locked = replies.locked(conversation)
    replies.end(locked)
    messages = Message.objects.path(locked.leaf_id)
    if locked.ticket and locked.ticket.is_open:
        _pass_on_what_followed(locked, by, messages)
        locked.taken_back_at = None
        replies.moved(locked)
        return locked.ticket
    if locked.ticket:  # the page counts a ticket's comments and steps; that sum may not fall
        locked.revision += locked.ticket.comments.public().count() + 2
    locked.ticket = lifecycle.open_ticket(
        requester=by,
        subject=locked.title or _("A question for a person"),
        description=transcript.as_markdown(locked, messages, transcript.to_desk(by)),
        reason=reason,
    )
    locked.taken_back_at = None
    replies.moved(locked)
    return locked.ticket


def _pass_on_what_followed(locked: Conversation, by: User, path: list[Message]) -> None:
    """Note on the ticket what was asked of the assistant since it was asked back."""
    since = locked.taken_back_at
    followed = [message for message in path if since and message.written_at > since]
    if followed and locked.ticket:
        body = transcript.as_markdown(locked, followed, transcript.to_desk(by))
        lifecycle.respond(locked.ticket, by=by, body=body, is_public=False)


@transaction.atomic
def take_back(conversation: Conversation) -> None:
    """Let the assistant speak again while the ticket stays with its person."""
    locked = replies.locked(conversation)
    if locked.is_with_person:
        locked.taken_back_at = timezone.now()
        replies.moved(locked)


@transaction.atomic
def rename(conversation: Conversation, title: str) -> None:
    """Give the conversation the student's own title; an empty one restores ours."""
    locked = replies.locked(conversation)
    title = " ".join(redact(clean(title)).text.split())[:120]
    first = locked.messages.filter(parent=None, role=Role.QUESTION).first()
    locked.title = title or (titles.from_question(first.text) if first else "")
    replies.moved(locked)


def archive(conversation: Conversation) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(archived_at=timezone.now())


def unarchive(conversation: Conversation) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(archived_at=None)


@transaction.atomic
def delete(conversation: Conversation) -> None:
    """Hide the conversation; it can be restored until it is erased for good."""
    locked = replies.locked(conversation)
    replies.end(locked)
    locked.deleted_at = timezone.now()
    replies.moved(locked)


@transaction.atomic
def restore(conversation: Conversation) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(deleted_at=None)


def erase_deleted(now: datetime) -> int:
    """Remove for good what was deleted longer ago than it can be undone; return how many.

    A ticket keeps what was handed over, in its own text.
    """
    gone = Conversation.objects.filter(deleted_at__lt=now - UNDO_WINDOW)
    return gone.delete()[1].get("chat.Conversation", 0)


def save_draft(*, by: User, conversation: Conversation | None, text: str) -> None:
    """Keep what the student is typing; an empty text removes it."""
    text = redact(clean(text)[:DRAFT_MAX_CHARS]).text
    if text.strip():
        Draft.objects.update_or_create(
            student=by, conversation=conversation, defaults={"text": text}
        )
    else:
        Draft.objects.filter(student=by, conversation=conversation).delete()


def _editable(conversation: Conversation) -> Conversation:
    locked = replies.locked(conversation)
    if locked.is_with_person:
        raise WithPerson
    if replies.running(locked):
        raise ReplyRunning
    return locked


def _storable(text: str) -> tuple[str, list[str]]:
    text = clean(text).strip()
    if not text:
        raise EmptyQuestion
    if len(text) > settings.QUESTION_MAX_CHARS:
        raise QuestionTooLong(len(text), settings.QUESTION_MAX_CHARS)
    redaction = redact(text)
    return redaction.text, [kind.value for kind in redaction.removed]


def _check_pace(by: User) -> None:
    """Raise TooManyQuestions when the last minute holds as many as the limit.

    What is written to a person counts as a question; so does an answer that is asked for again.
    """
    now = timezone.now()
    since, limit = now - PACE_WINDOW, settings.QUESTIONS_PER_MINUTE
    asked = Message.objects.filter(
        conversation__student=by, role=Role.QUESTION, written_at__gt=since
    ).values_list("written_at", flat=True)
    told = Comment.objects.filter(author=by, created_at__gt=since).values_list(
        "created_at", flat=True
    )
    begun = Completion.objects.filter(conversation__student=by, started_at__gt=since).values_list(
        "started_at", flat=True
    )
    for times in (sorted([*asked, *told]), sorted(begun)):
        if len(times) >= limit:
            wait = times[-limit] + PACE_WINDOW - now
            raise TooManyQuestions(max(1, ceil(wait.total_seconds())))


def _begun_already(by: User, client_key: str) -> Conversation | None:
    """The conversation that this key has started; locks the student, so that twins take turns."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if not client_key:
        return None
    return Conversation.objects.visible_to(by).filter(messages__client_key=client_key).first()


def _add_question(
    locked: Conversation, running: Completion | None, text: str, removed: list[str], key: str
) -> Message:
    """Put a question at the end; one that comes before any text was shown joins the reply."""
    joins = running is not None and running.first_delta_at is None
    parent = running.message.parent if running and joins else locked.leaf
    question = locked.messages.create(
        parent=parent, role=Role.QUESTION, text=text, removed=removed, client_key=key
    )
    if running and joins:
        running.message.parent = question
        running.message.save(update_fields=["parent"])
    else:
        locked.leaf = question
    return question


def _tell_person(locked: Conversation, by: User, text: str, client_key: str) -> Comment | None:
    """Pass the text to the person; None when they resolved the ticket at this very moment."""
    assert locked.ticket is not None
    try:
        comment = lifecycle.respond(locked.ticket, by=by, body=text, client_key=client_key)
    except lifecycle.InvalidTransition:
        locked.ticket.refresh_from_db()
        return None
    Draft.objects.filter(student=by, conversation=locked).delete()
    replies.moved(locked)
    return comment
