"""What people need done."""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User

FIRST_NUMBER = 1000


class Status(models.TextChoices):
    NEW = "new", _("New")
    OPEN = "open", _("Open")
    RESOLVED = "resolved", _("Resolved")

    @classmethod
    def open_states(cls) -> tuple["Status", ...]:
        """States in which a person has the ticket in hand."""
        return (cls.NEW, cls.OPEN)


class Source(models.TextChoices):
    CHAT = "chat", _("Chat")
    WEB = "web", _("Form")


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, user: User | AnonymousUser) -> "TicketQuerySet":
        """A requester's own tickets; every ticket for the staff of the desk."""
        if not user.is_authenticated:
            return self.none()
        return self.all() if user.is_staff else self.filter(requester=user)

    def numbered(self, number: int) -> "TicketQuerySet":
        return self.filter(pk=number - FIRST_NUMBER)


class Ticket(models.Model):
    """A piece of work for a person."""

    subject = models.CharField(_("subject"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.NEW
    )
    source = models.CharField(
        _("source"), max_length=10, choices=Source.choices, default=Source.CHAT
    )
    reason = models.CharField(_("why it came to a person"), max_length=100, blank=True)
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="requested_tickets"
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned_tickets",
    )
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now, editable=False)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager["Ticket"]] = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ("-opened_at",)

    def __str__(self) -> str:
        return f"#{self.number} {self.subject}"

    def get_absolute_url(self) -> str:
        return reverse("tickets:detail", args=[self.number])

    @property
    def number(self) -> int:
        """What people read aloud: four digits from the first ticket on."""
        return FIRST_NUMBER + self.pk

    @property
    def is_open(self) -> bool:
        return self.status in Status.open_states()


class CommentQuerySet(models.QuerySet["Comment"]):
    def public(self) -> "CommentQuerySet":
        """What the requester may read, oldest first, with its authors."""
        return self.filter(is_public=True).select_related("author")


class Comment(models.Model):
    """What a person wrote on a ticket; the requester sees it when `is_public`."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    body = models.TextField(_("text"))
    is_public = models.BooleanField(_("seen by the requester"), default=True)
    client_key = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text=_("Given by the page, so that a reply sent twice is stored once."),
    )
    created_at = models.DateTimeField(_("written at"), default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Comment"]] = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ("created_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["ticket", "client_key"],
                condition=~models.Q(client_key=""),
                name="tickets_comment_sent_once",
            ),
        )

    def __str__(self) -> str:
        return f"#{FIRST_NUMBER + self.ticket_id} {self.created_at:%Y-%m-%d %H:%M}"
