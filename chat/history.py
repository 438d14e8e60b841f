"""A student's own conversations: the list at the side, the archive, and search in them."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import campus
from accounts.models import User
from chat.models import Conversation

LISTED = 40
FOUND_AT_MOST = 50

ON_CURRENT_PATHS = """
WITH RECURSIVE path(id, parent_id, conversation_id) AS (
    SELECT message.id, message.parent_id, message.conversation_id
    FROM chat_message message
    JOIN chat_conversation conversation ON conversation.leaf_id = message.id
    WHERE conversation.student_id = %s AND conversation.deleted_at IS NULL
    UNION ALL
    SELECT parent.id, parent.parent_id, parent.conversation_id
    FROM chat_message parent JOIN path ON path.parent_id = parent.id
)
SELECT DISTINCT path.conversation_id AS id
FROM path JOIN chat_message message ON message.id = path.id
WHERE {matches}
"""
# SQLite folds the case of ASCII letters alone; its REGEXP is Python's
MATCHES = {
    "sqlite": "message.text REGEXP %s",
    "postgresql": "LOWER(message.text) LIKE LOWER(%s) ESCAPE '!'",
}


class Group(NamedTuple):
    """Conversations of one stretch of time, newest first."""

    label: str
    conversations: tuple[Conversation, ...]


def recent(student: User) -> QuerySet[Conversation]:
    """What the side list shows: neither archived nor deleted, and something was asked in it."""
    return Conversation.objects.visible_to(student).filter(
        archived_at__isnull=True, leaf__isnull=False
    )


def grouped(conversations: Iterable[Conversation], now: datetime | None = None) -> list[Group]:
    """Conversations under Today, Earlier this week, and months, in campus time."""
    zone = campus.time_zone()
    today = (now or timezone.now()).astimezone(zone).date()
    found: dict[str, list[Conversation]] = {}
    for conversation in conversations:
        day = conversation.active_at.astimezone(zone).date()
        if day >= today:
            label = _("Today")
        elif day > today - timedelta(days=7):
            label = _("Earlier this week")
        else:
            label = f"{day:%B %Y}"
        found.setdefault(label, []).append(conversation)
    return [Group(label, tuple(listed)) for label, listed in found.items()]


def search(student: User, words: str) -> list[Conversation]:
    """Conversations whose title or current path holds the words, newest first."""
    query = ON_CURRENT_PATHS.format(matches=MATCHES[connection.vendor])
    in_text = {row.pk for row in Conversation.objects.raw(query, [student.pk, _pattern(words)])}
    visible = Conversation.objects.visible_to(student)
    found = visible.filter(pk__in=in_text) | visible.filter(title__icontains=words)
    return list(found.order_by("-active_at")[:FOUND_AT_MOST])


def _pattern(words: str) -> str:
    if connection.vendor == "sqlite":
        return f"(?i){re.escape(words)}"
    return "%" + words.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
