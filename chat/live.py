"""Who is looking at a conversation, and how they hear that it moved.

    stream, verbs  →  tell  →  listeners in this process, directly
                           →  listeners in other processes, over the channel layer

A listener that misses something finds it in the database: delivery is at most once.
"""

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings

from chat.blocks import Append, Patch
from chat.models import Conversation
from chat.process import PROCESS

logger = logging.getLogger(__name__)

SENDING_AT_MOST = 500
SENT_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of a growing answer, numbered from 1 within its completion."""

    completion_id: int
    message_id: int
    sequence: int
    patch: Patch


@dataclass(frozen=True, slots=True)
class Changed:
    """The page's structure moved; what it looks like now is in the database."""


Event = Frame | Changed


class Listener(Protocol):
    def hear(self, event: Event) -> None:
        """Take an event without waiting."""


_listeners: dict[UUID, set[Listener]] = defaultdict(set)
_sending: set[asyncio.Task[None]] = set()


def join(conversation_id: UUID, listener: Listener) -> None:
    _listeners[conversation_id].add(listener)


def leave(conversation_id: UUID, listener: Listener) -> None:
    _listeners[conversation_id].discard(listener)
    if not _listeners[conversation_id]:
        del _listeners[conversation_id]


def tell_here(conversation_id: UUID, event: Event) -> None:
    """Tell the listeners of this process."""
    for listener in tuple(_listeners.get(conversation_id, ())):
        listener.hear(event)


def tell(conversation_id: UUID, event: Event) -> None:
    """Tell every listener, wherever it is; call it on the event loop."""
    tell_here(conversation_id, event)
    if settings.CHANNEL_LAYER_CROSSES_PROCESSES and len(_sending) < SENDING_AT_MOST:
        task = asyncio.ensure_future(_send(conversation_id, event))
        _sending.add(task)
        task.add_done_callback(_sending.discard)


async def page_changed(topic: str, version: int) -> None:
    """Hear from the table of versions what another process, or a lost message, did not say."""
    tell_here(UUID(topic.partition(":")[2]), Changed())


async def ticket_changed(topic: str, version: int) -> None:
    """Hear that a person answered, took or resolved a ticket that open pages show."""
    ticket_id, open_here = int(topic.partition(":")[2]), list(_listeners)
    for conversation_id in await database_sync_to_async(_shown_with)(ticket_id, open_here):
        tell_here(conversation_id, Changed())


def _shown_with(ticket_id: int, conversation_ids: list[UUID]) -> list[UUID]:
    shown = Conversation.objects.filter(ticket_id=ticket_id, pk__in=conversation_ids)
    return list(shown.values_list("pk", flat=True))


def group(conversation_id: UUID) -> str:
    return f"conversation.{conversation_id}"


async def _send(conversation_id: UUID, event: Event) -> None:
    message = {"type": "live.event", "origin": PROCESS, "event": as_wire(event)}
    try:
        async with asyncio.timeout(SENT_WITHIN_S):
            await get_channel_layer().group_send(group(conversation_id), message)
    except Exception as error:
        logger.warning("The channel layer did not take an event: %s", type(error).__name__)


def as_wire(event: Event) -> dict[str, Any]:
    """An event as plain values for the channel layer."""
    if isinstance(event, Changed):
        return {}
    patch = event.patch
    return {
        "completion_id": event.completion_id,
        "message_id": event.message_id,
        "sequence": event.sequence,
        "blocks_before": patch.blocks_before,
        "blocks_after": patch.blocks_after,
        "appends": [[append.target, append.html] for append in patch.appends],
        "tail": patch.tail,
        "replaces": patch.replaces,
    }


def from_wire(values: dict[str, Any]) -> Event:
    if not values:
        return Changed()
    patch = Patch(
        blocks_before=values["blocks_before"],
        blocks_after=values["blocks_after"],
        appends=tuple(Append(target, html) for target, html in values["appends"]),
        tail=values["tail"],
        replaces=values["replaces"],
    )
    return Frame(values["completion_id"], values["message_id"], values["sequence"], patch)
