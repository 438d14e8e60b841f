"""How an answer came about: who wrote it, from what, how it ended, what it cost."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models.conversation import Conversation
from chat.models.message import Message


class Status(models.TextChoices):
    RUNNING = "running", _("Running")
    COMPLETE = "complete", _("Complete")
    STOPPED = "stopped", _("Stopped by the student")
    INTERRUPTED = "interrupted", _("Interrupted")
    FAILED = "failed", _("Failed")

    @classmethod
    def can_continue(cls) -> tuple["Status", ...]:
        """States whose text may be carried on from where it ended."""
        return (cls.INTERRUPTED, cls.STOPPED)


class FinishReason(models.TextChoices):
    """Why an answer ended; the values of every provider are translated into these."""

    STOP = "stop", _("Complete")
    LENGTH = "length", _("Length limit")
    CONTENT_FILTER = "content_filter", _("Declined by the guard")
    REFUSAL = "refusal", _("Refused by the model")
    CANCELLED = "cancelled", _("Stopped by the student")
    ERROR = "error", _("Error")
    UNKNOWN = "unknown", _("Unknown")


class Completion(models.Model):
    """The run behind an answer. At most one runs in a conversation: the database says so.

    `owner` names the process that runs it and `heartbeat_at` is its sign of life; a run whose
    heart has stopped is marked interrupted by whoever notices. `first_delta_at` is empty until
    text was shown; up to then further questions join this answer.
    """

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="completion")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="completions"
    )
    status = models.CharField(
        _("status"), max_length=12, choices=Status.choices, default=Status.RUNNING
    )
    finish_reason = models.CharField(
        _("finish reason"), max_length=16, choices=FinishReason.choices, blank=True
    )
    notice = models.CharField(_("notice"), max_length=20, blank=True)
    provider = models.CharField(_("provider"), max_length=40, blank=True)
    model = models.CharField(_("model"), max_length=100, blank=True)
    sources = models.JSONField(_("sources"), default=list, blank=True)
    owner = models.CharField(_("process"), max_length=120, blank=True)
    sequence = models.PositiveIntegerField(_("sequence number"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=1)
    started_at = models.DateTimeField(_("started at"), default=timezone.now)
    heartbeat_at = models.DateTimeField(_("last sign of life"), default=timezone.now)
    first_delta_at = models.DateTimeField(_("first text at"), null=True, blank=True)
    stop_requested_at = models.DateTimeField(_("stop requested at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    input_tokens = models.PositiveIntegerField(_("input tokens"), null=True, blank=True)
    output_tokens = models.PositiveIntegerField(_("output tokens"), null=True, blank=True)
    cached_tokens = models.PositiveIntegerField(_("cached tokens"), null=True, blank=True)

    class Meta:
        verbose_name = _("completion")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["conversation"],
                condition=models.Q(status=Status.RUNNING),
                name="chat_completion_one_runs",
            ),
        )
        indexes = (
            models.Index(
                fields=["heartbeat_at"],
                condition=models.Q(status=Status.RUNNING),
                name="chat_completion_running",
            ),
        )

    def __str__(self) -> str:
        return f"{self.status} {self.pk}"

    @property
    def is_running(self) -> bool:
        return self.status == Status.RUNNING
