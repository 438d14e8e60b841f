"""A student's conversation with the assistant, and what they are still writing in it."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tickets.models import Ticket


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, user: User | AnonymousUser) -> "ConversationQuerySet":
        """A student's own conversations that are not deleted; nobody else sees them here."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(student=user, deleted_at__isnull=True)


class Conversation(models.Model):
    """A tree of messages and the leaf that is on the page.

    `revision` grows with every change of the page's structure (not with streamed text), so
    that a page which comes back knows whether it missed something.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    student = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations"
    )
    title = models.CharField(_("title"), max_length=120, blank=True)
    leaf = models.ForeignKey(
        "chat.Message", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    ticket = models.ForeignKey(
        Ticket, on_delete=models.SET_NULL, null=True, blank=True, related_name="conversations"
    )
    taken_back_at = models.DateTimeField(_("assistant asked back at"), null=True, blank=True)
    revision = models.PositiveBigIntegerField(default=0, editable=False)
    started_at = models.DateTimeField(_("started at"), default=timezone.now, editable=False)
    active_at = models.DateTimeField(_("last active at"), default=timezone.now)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)

    objects: ClassVar[models.Manager["Conversation"]] = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        ordering = ("-active_at",)
        indexes = (
            models.Index(fields=["student", "-active_at"], name="chat_conversation_of_student"),
            models.Index(fields=["-active_at"], name="chat_conversation_active"),
        )

    def __str__(self) -> str:
        return self.title or str(self.id)

    def get_absolute_url(self) -> str:
        return reverse("chat:conversation", args=[self.pk])

    @property
    def is_with_person(self) -> bool:
        """A person owns it while its ticket is open and the student has not taken it back."""
        return self.ticket is not None and self.ticket.is_open and self.taken_back_at is None


class Draft(models.Model):
    """What a student has typed and not sent; without a conversation it is the next one's."""

    student = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts"
    )
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, null=True, blank=True, related_name="drafts"
    )
    text = models.TextField(blank=True)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("draft")
        constraints = (
            models.UniqueConstraint(
                fields=["student", "conversation"],
                name="chat_draft_once",
            ),
            models.UniqueConstraint(
                fields=["student"],
                condition=models.Q(conversation__isnull=True),
                name="chat_draft_new_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.student_id} {self.saved_at:%Y-%m-%d %H:%M}"
