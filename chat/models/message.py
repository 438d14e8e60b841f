"""The tree of messages; the page, the prompt and the exports read one path of it."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models.conversation import Conversation

PATH = """
WITH RECURSIVE path(id, depth) AS (
    SELECT id, 0 FROM chat_message WHERE id = %s
    UNION ALL
    SELECT parent.id, path.depth + 1
    FROM path
    JOIN chat_message child ON child.id = path.id
    JOIN chat_message parent ON parent.id = child.parent_id
    WHERE path.depth + 1 < %s
)
SELECT chat_message.* FROM chat_message JOIN path ON path.id = chat_message.id
ORDER BY path.depth DESC
"""

NEWEST_BELOW = """
WITH RECURSIVE below(id) AS (
    SELECT id FROM chat_message WHERE id = %s
    UNION ALL
    SELECT child.id FROM chat_message child JOIN below ON child.parent_id = below.id
)
SELECT chat_message.* FROM chat_message JOIN below ON below.id = chat_message.id
ORDER BY chat_message.id DESC LIMIT 1
"""

LONGEST_PATH = 100_000


class Role(models.TextChoices):
    QUESTION = "question", _("Question")
    ANSWER = "answer", _("Answer")


class MessageQuerySet(models.QuerySet["Message"]):
    def path(self, leaf_id: int | None, limit: int = LONGEST_PATH) -> list["Message"]:
        """The last `limit` messages from the root to this leaf, oldest first, in one query."""
        return [] if leaf_id is None else list(self.raw(PATH, [leaf_id, limit]))

    def newest_below(self, message_id: int) -> "Message":
        """The newest message under this one, itself included; a parent is older than its child,
        so the newest is always a leaf."""
        return self.raw(NEWEST_BELOW, [message_id])[0]


class Message(models.Model):
    """A question or an answer. Messages with the same parent are alternatives."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="messages"
    )
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children"
    )
    role = models.CharField(_("role"), max_length=8, choices=Role.choices)
    text = models.TextField(_("text"), blank=True)
    removed = models.JSONField(
        _("removed"), default=list, blank=True, help_text=_("Kinds of secrets taken out.")
    )
    system = models.CharField(
        _("operating system"),
        max_length=20,
        blank=True,
        help_text=_("Of the device a question was sent from, when the browser says it."),
    )
    client_key = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text=_("Given by the page, so that a question sent twice is stored once."),
    )
    written_at = models.DateTimeField(_("written at"), default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Message"]] = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["conversation", "client_key"],
                condition=~models.Q(client_key=""),
                name="chat_message_sent_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.role} {self.pk}"

    @property
    def is_question(self) -> bool:
        return self.role == Role.QUESTION
