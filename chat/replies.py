"""How a reply lives in the database: it begins, is shown, recorded, and ends once.

Called by the process that runs it (`stream`), and by the verbs of a conversation that begin or end
one. Whoever changes a conversation locks its row first (`locked`) and says so last (`moved`).
Order of locks: student, conversation, completion, message, ticket.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from backplane import versions
from chat import transcript
from chat.citations import cited
from chat.completion import Finish, Source
from chat.models import Completion, Conversation, Message, Role, Status
from chat.process import PROCESS

MISSED_BEATS = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Progress:
    """A running reply's text as it stands, for the once-a-second record."""

    completion_id: int
    message_id: int
    text: str
    sequence: int


@transaction.atomic
def show(completion_id: int, question_id: int, sources: Iterable[Source] = ()) -> bool:
    """Say that text is about to be shown for this question, from these sources.

    False when a further question has joined meanwhile, or the reply was ended by somebody. The
    conversation is locked, so that a question which comes at the same time joins or waits.
    """
    completion = Completion.objects.select_related("conversation").get(pk=completion_id)
    locked(completion.conversation, with_deleted=True)
    return bool(
        _ours()
        .filter(pk=completion_id, message__parent_id=question_id)
        .update(first_delta_at=timezone.now(), sources=_as_json(sources))
    )


@transaction.atomic
def record(progress: Iterable[Progress]) -> set[int]:
    """Store how far replies have come; return those that must stop, by completion id."""
    replies = {reply.completion_id: reply for reply in progress}
    rows = _ours().select_for_update().filter(pk__in=replies, stop_requested_at=None)
    stored = dict(rows.order_by("pk").values_list("pk", "sequence"))
    grown = [replies[pk] for pk, sequence in stored.items() if replies[pk].sequence != sequence]
    Completion.objects.filter(pk__in=stored).update(heartbeat_at=timezone.now())
    Completion.objects.bulk_update(
        [Completion(pk=reply.completion_id, sequence=reply.sequence) for reply in grown],
        ["sequence"],
    )
    Message.objects.bulk_update(
        [Message(pk=reply.message_id, text=reply.text) for reply in grown], ["text"]
    )
    return replies.keys() - stored.keys()


@transaction.atomic
def finish(
    completion_id: int,
    text: str,
    *,
    status: Status,
    finish: Finish,
    sequence: int,
    attempt: int,
    answers_waiting: bool = True,
) -> Completion | None:
    """End a reply with its text and return the next one when questions waited for it.

    Of a reply that a hand-off or a deletion has stopped already only the text is kept; one that
    was taken from this process, or has been continued since, stays as it is.
    """
    completion = Completion.objects.select_related("conversation").get(pk=completion_id)
    talk = locked(completion.conversation, with_deleted=True)
    completion = Completion.objects.select_for_update().get(pk=completion_id)
    if (completion.owner, completion.attempts) != (PROCESS, attempt):
        return None
    if completion.status not in {Status.RUNNING, Status.STOPPED}:
        return None
    reply = None
    if completion.is_running:
        _close(completion, status, finish, sequence)
        reply = _answer_waiting(talk) if answers_waiting else None
    Completion.objects.filter(pk=completion_id).update(sources=_as_json(finish.sources))
    Message.objects.filter(pk=completion.message_id).update(text=text)
    moved(talk)
    return reply


@transaction.atomic
def interrupt(completion_id: int) -> Completion | None:
    """Mark a reply whose process is gone as interrupted; return the next one to run here."""
    completion = Completion.objects.select_related("conversation").get(pk=completion_id)
    talk = locked(completion.conversation, with_deleted=True)
    completion = (
        Completion.objects.select_for_update(of=("self",))
        .select_related("message")
        .get(pk=completion_id)
    )
    if not completion.is_running:
        return None
    message = completion.message
    completion.sources = _as_json(cited(message.text, transcript.sources_of(message)))
    completion.status, completion.finished_at = Status.INTERRUPTED, timezone.now()
    completion.save(update_fields=["sources", "status", "finished_at"])
    reply = _answer_waiting(talk)
    moved(talk)
    return reply


def runs(completion_id: int) -> bool:
    return Completion.objects.filter(pk=completion_id, status=Status.RUNNING).exists()


def owners() -> list[str]:
    """The processes that running replies name as theirs."""
    running = Completion.objects.filter(status=Status.RUNNING)
    return list(running.values_list("owner", flat=True).distinct())


def left_waiting() -> list[Completion]:
    """Start replies for questions of the last hour that no process took up.

    A question that went to a person is the person's, also when the ticket is resolved.
    """
    now = timezone.now()
    waiting = Conversation.objects.filter(
        leaf__role=Role.QUESTION,
        deleted_at__isnull=True,
        active_at__gt=now - timedelta(hours=1),
        leaf__written_at__lt=now - timedelta(seconds=2),
    )
    waiting = waiting.exclude(completions__status=Status.RUNNING).exclude(
        taken_back_at__isnull=True, ticket__opened_at__gte=F("leaf__written_at")
    )
    return [reply for conversation in waiting if (reply := _take_up(conversation))]


def without_heartbeat(silent_for: timedelta, dead_owners: Sequence[str] = ()) -> list[int]:
    """Running replies that nobody runs: silent too long, or owned by a process known dead.

    A process in another container may look dead from here; its heart beats every second.
    """
    now = timezone.now()
    is_dead = Q(owner__in=dead_owners, heartbeat_at__lt=now - MISSED_BEATS)
    return list(
        Completion.objects.filter(status=Status.RUNNING)
        .filter(Q(heartbeat_at__lt=now - silent_for) | is_dead)
        .values_list("pk", flat=True)
    )


def topic(conversation_id: object) -> str:
    """The version topic that an open page of this conversation watches."""
    return f"conversation:{conversation_id}"


def start(talk: Conversation, question: Message) -> Completion:
    """Begin an answer to the question, and show it; the process that called runs it."""
    answer = talk.messages.create(parent=question, role=Role.ANSWER)
    talk.leaf = answer
    return Completion.objects.create(message=answer, conversation=talk, owner=PROCESS)


def end(talk: Conversation) -> None:
    """End the running reply here and now; its process notices at its next record."""
    talk.completions.filter(status=Status.RUNNING).update(
        status=Status.STOPPED, finished_at=timezone.now(), stop_requested_at=timezone.now()
    )


def locked(conversation: Conversation, with_deleted: bool = False) -> Conversation:
    """The conversation with its row locked; raises Http404 when it is deleted."""
    # not the key: a row that is added below the conversation elsewhere need not wait
    rows = Conversation.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.select_related("ticket")
    if not with_deleted:
        rows = rows.filter(deleted_at__isnull=True)
    return get_object_or_404(rows, pk=conversation.pk)


def running(conversation: Conversation) -> Completion | None:
    """The reply that is being written, by whichever process."""
    return conversation.completions.filter(status=Status.RUNNING).select_related("message").first()


def moved(talk: Conversation) -> None:
    """Note that the page looks different now, for every page that shows it."""
    talk.revision += 1
    talk.active_at = timezone.now()
    talk.save()
    versions.bump(topic(talk.pk), expires_in=timedelta(minutes=10))


@transaction.atomic
def _take_up(conversation: Conversation) -> Completion | None:
    talk = locked(conversation, with_deleted=True)
    if running(talk):
        return None
    reply = _answer_waiting(talk)
    if reply:
        moved(talk)
    return reply


def _answer_waiting(talk: Conversation) -> Completion | None:
    """Start a reply for questions that were asked while the last one was written."""
    waiting = talk.leaf
    if waiting is None or not waiting.is_question or talk.is_with_person or talk.deleted_at:
        return None
    return start(talk, waiting)


def _ours() -> QuerySet[Completion]:
    """The replies that this process runs, as the database knows them."""
    return Completion.objects.filter(status=Status.RUNNING, owner=PROCESS)


def _as_json(sources: Iterable[Source]) -> list[dict[str, Any]]:
    return [transcript.source_as_json(source) for source in sources]


def _close(completion: Completion, status: Status, finish: Finish, sequence: int) -> None:
    usage = finish.usage
    Completion.objects.filter(pk=completion.pk).update(
        status=status,
        finish_reason=finish.reason,
        notice=finish.notice or "",
        provider=finish.provider,
        model=finish.model,
        sequence=sequence,
        finished_at=timezone.now(),
        input_tokens=usage.input_tokens if usage else None,
        output_tokens=usage.output_tokens if usage else None,
        cached_tokens=usage.cached_tokens if usage else None,
    )
