"""What a conversation's page shows, read once and drawn whole or in part.

`view` reads it, `draw` turns it into HTML. A page that comes back says what it has (`Have`), and
`catch_up` gives the smallest swap that brings it up to date.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts import campus
from chat import markdown, neighbours
from chat.completion import Source
from chat.models import Completion, Conversation, Draft, Feedback, Message
from chat.stream import Snapshot, anchor
from chat.transcript import sources_of
from tickets import lifecycle
from tickets.models import Comment, Ticket

SHOWN_AT_ONCE = 50
KEPT_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class Have:
    """What a page shows already; zeros for a page that shows nothing."""

    revision: int = -1
    completion_id: int = 0
    sequence: int = 0


@dataclass(slots=True)
class Item:
    """One message as it is drawn. `position` of `alternatives` counts from 1."""

    message: Message
    completion: Completion | None = None
    feedback: Feedback | None = None
    position: int = 1
    alternatives: tuple[int, ...] = ()
    snapshot: Snapshot | None = None

    @property
    def anchor(self) -> str:
        return anchor(self.message.pk)

    @property
    def is_running(self) -> bool:
        return self.completion is not None and self.completion.is_running

    @property
    def previous_alternative(self) -> int | None:
        return self.alternatives[self.position - 2] if self.position > 1 else None

    @property
    def next_alternative(self) -> int | None:
        below = self.position < len(self.alternatives)
        return self.alternatives[self.position] if below else None

    @property
    def sources(self) -> tuple[Source, ...]:
        return sources_of(self.message)

    @property
    def article_count(self) -> int:
        return len({source.article_id for source in self.sources})

    @property
    def sequence(self) -> int:
        if self.snapshot:
            return self.snapshot.sequence
        return self.completion.sequence if self.completion else 0

    @property
    def html(self) -> SafeString:
        """The answer's text as HTML that the renderer has escaped and sanitised."""
        if self.snapshot:
            return SafeString(self.snapshot.html)
        return SafeString(drawn(self.message.text, self.sources, self.anchor))


@dataclass(frozen=True, slots=True)
class Said:
    """One thing below the ticket's card: a message or a comment."""

    item: Item | None = None
    comment: Comment | None = None

    @property
    def at(self) -> datetime:
        if self.comment:
            return self.comment.created_at
        assert self.item is not None
        return self.item.message.written_at


@dataclass(slots=True)
class View:
    """A conversation's page: the path to its leaf, and what a person wrote after it."""

    conversation: Conversation
    items: list[Item] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    has_earlier: bool = False
    is_newest: bool = True
    draft: str = ""
    desk_opens_at: datetime | None = None

    @property
    def running(self) -> Item | None:
        return next((item for item in reversed(self.items) if item.is_running), None)

    @property
    def ticket(self) -> Ticket | None:
        return self.conversation.ticket

    @property
    def before_person(self) -> list[Item]:
        """What stands above the ticket's card."""
        return [item for item in self.items if not self._is_after_ticket(item)]

    @property
    def after_person(self) -> list["Said"]:
        """What a person wrote and what was asked of the assistant since the hand-off, in order."""
        asked = [Said(item=item) for item in self.items if self._is_after_ticket(item)]
        written = [Said(comment=comment) for comment in self.comments]
        return sorted([*asked, *written], key=lambda said: said.at)

    @property
    def revision(self) -> int:
        """Grows with every change of the structure, those that a person makes in the ticket too."""
        ticket = self.ticket
        steps = (bool(ticket.assignee_id) + (not ticket.is_open)) if ticket else 0
        return self.conversation.revision + len(self.comments) + steps

    @property
    def have(self) -> Have:
        """What a page that shows this has."""
        running = self.running
        return Have(
            self.revision,
            running.completion.pk if running and running.completion else 0,
            running.sequence if running else 0,
        )

    def _is_after_ticket(self, item: Item) -> bool:
        return self.ticket is not None and item.message.written_at > self.ticket.opened_at


def drawn(text: str, sources: tuple[Source, ...], at: str) -> str:
    """A settled answer's HTML; one of usual length is drawn once as long as it stays in memory."""
    draw_it = _drawn_once if len(text) <= KEPT_CHARS else _draw_settled
    return draw_it(text, sources, at)


def _draw_settled(text: str, sources: tuple[Source, ...], at: str) -> str:
    return markdown.render(text, sources=sources, anchor=at)


_drawn_once = lru_cache(maxsize=1024)(_draw_settled)


def read(conversation_id: UUID, *, before: int | None = None) -> View:
    """Read the page's newest messages, or those `before` one; one query for the path.

    Raises Conversation.DoesNotExist when it was deleted meanwhile.
    """
    conversation = Conversation.objects.select_related("ticket__assignee", "student").get(
        pk=conversation_id, deleted_at__isnull=True
    )
    leaf = conversation.leaf_id
    if before is not None:
        leaf = conversation.messages.values_list("parent_id", flat=True).get(pk=before)
    path = Message.objects.path(leaf, limit=SHOWN_AT_ONCE + 1)
    shown = path[-SHOWN_AT_ONCE:]
    view = View(conversation, _items(conversation, shown), has_earlier=len(path) > len(shown))
    view.is_newest = before is None
    if view.is_newest:
        view.comments = _comments(conversation)
        view.desk_opens_at = lifecycle.next_opening(timezone.now())
        draft = Draft.objects.filter(conversation=conversation, student=conversation.student)
        view.draft = draft.values_list("text", flat=True).first() or ""
    return view


async def view(conversation_id: UUID, *, before: int | None = None) -> View:
    """The page as it is now, with the running answer as its process has it."""
    page = await database_sync_to_async(read)(conversation_id, before=before)
    running = page.running
    if running and running.completion:
        running.snapshot = await neighbours.snapshot(running.completion)
    return page


async def draw(part: str, context: dict[str, Any]) -> str:
    """A partial of the conversation's template as HTML."""
    template = f"chat/conversation.html#{part}"
    context = {"campus": campus.load(), **context}
    return await database_sync_to_async(render_to_string)(template, context)


async def catch_up(conversation_id: UUID, have: Have) -> tuple[str, View] | None:
    """The swap that brings a page from what it has to now, or None when it misses nothing."""
    page = await view(conversation_id)
    if have.revision != page.revision:
        return await draw("moved", {"page": page}), page
    running = page.running
    if running and page.have != have:
        return await draw("grown", {"page": page, "item": running}), page
    return None


def _items(conversation: Conversation, path: list[Message]) -> list[Item]:
    ids = [message.pk for message in path]
    completions = Completion.objects.in_bulk(ids, field_name="message_id")
    feedback = Feedback.objects.in_bulk(ids, field_name="message_id")
    alternatives = _alternatives(conversation, path)
    items = []
    for message in path:
        same = alternatives.get((message.parent_id, message.role), (message.pk,))
        completion = completions.get(message.pk)
        if completion:
            message.completion = completion
        items.append(
            Item(message, completion, feedback.get(message.pk), same.index(message.pk) + 1, same)
        )
    return items


def _alternatives(
    conversation: Conversation, path: list[Message]
) -> dict[tuple[int | None, str], tuple[int, ...]]:
    """The ids of each message's alternatives, by parent and role, in the order they were made."""
    parents = {message.parent_id for message in path}
    rows = conversation.messages.filter(parent_id__in=parents - {None})
    if None in parents:
        rows = rows | conversation.messages.filter(parent=None)
    found: dict[tuple[int | None, str], list[int]] = {}
    for pk, parent_id, role in rows.order_by("pk").values_list("pk", "parent_id", "role"):
        found.setdefault((parent_id, role), []).append(pk)
    return {key: tuple(ids) for key, ids in found.items()}


def _comments(conversation: Conversation) -> list[Comment]:
    if conversation.ticket is None:
        return []
    return list(conversation.ticket.comments.filter(is_public=True).select_related("author"))
