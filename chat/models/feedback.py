"""What a student thought of an answer."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models.message import Message


class Reason(models.TextChoices):
    WRONG = "wrong", _("It didn’t work")
    OUTDATED = "outdated", _("Out of date")
    MISUNDERSTOOD = "misunderstood", _("Not what I asked")
    TOO_LONG = "too_long", _("Too long")
    WRONGLY_DECLINED = "wrongly_declined", _("Should not have been refused")
    OTHER = "other", _("Something else")


class Feedback(models.Model):
    """A thumb, changeable, stored with the text that was on the page."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="feedback")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    is_helpful = models.BooleanField(_("helped"))
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices, blank=True)
    note = models.TextField(_("note"), blank=True)
    shown_text = models.TextField(_("text that was shown"))
    shown_sources = models.JSONField(_("sources that were shown"), default=list)
    rated_at = models.DateTimeField(_("rated at"), default=timezone.now)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")

    def __str__(self) -> str:
        return f"{self.message_id}: {'up' if self.is_helpful else 'down'}"
