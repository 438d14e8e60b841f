"""What staff may see of the assistant: records of what happened, read-only, without names."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from chat.models import Completion, Feedback

QUESTION_CHARS = 80


class ReadOnly(admin.ModelAdmin):
    """A record of what happened is looked at, never changed."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Completion)
class CompletionAdmin(ReadOnly):
    """How answers ended and what they cost; not what was said."""

    list_display = (
        "started_at",
        "status",
        "finish_reason",
        "notice",
        "provider",
        "model",
        "input_tokens",
        "output_tokens",
    )
    list_filter = ("status", "finish_reason", "notice", "provider", "model")
    date_hierarchy = "started_at"
    exclude = ("message", "conversation", "owner")


@admin.register(Feedback)
class FeedbackAdmin(ReadOnly):
    """Thumbs with their reasons; what was asked and shown, without a name."""

    list_display = ("rated_at", "is_helpful", "reason", "question", "article", "note")
    list_filter = ("is_helpful", "reason")
    list_select_related = ("message__parent",)
    list_display_links = ("rated_at",)
    date_hierarchy = "rated_at"
    fields = ("rated_at", "is_helpful", "reason", "note", "shown_text", "shown_sources")

    @admin.display(description=_("question"))
    def question(self, feedback: Feedback) -> str:
        asked = feedback.message.parent
        return Truncator(asked.text).chars(QUESTION_CHARS) if asked else ""

    @admin.display(description=_("article"))
    def article(self, feedback: Feedback) -> str:
        """The first source that was shown, leading to where it is edited."""
        if not feedback.shown_sources:
            return ""
        first = feedback.shown_sources[0]
        if not first["article_id"]:
            return str(first["title"])
        url = reverse("admin:knowledge_article_change", args=[first["article_id"]])
        return format_html('<a href="{}">{}</a>', url, first["title"])
