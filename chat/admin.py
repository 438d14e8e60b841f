"""What staff may see of the assistant: records of what happened, read-only, without the words."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from chat.models import Completion, Feedback


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
    """Thumbs with their reasons; the text that was shown, without a name."""

    list_display = ("rated_at", "is_helpful", "reason")
    list_filter = ("is_helpful", "reason")
    date_hierarchy = "rated_at"
    fields = ("rated_at", "is_helpful", "reason", "note", "shown_text", "shown_sources")
