"""The list at the side of every page."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from chat import history


def side_list(request: HttpRequest) -> dict[str, Any]:
    """The newest conversations by date; read only when a template draws them."""
    if not request.user.is_authenticated:
        return {"side_groups": []}
    student = request.user
    shown = request.resolver_match.kwargs.get("pk") if request.resolver_match else None

    def groups() -> list[history.Group]:
        return history.grouped(history.recent(student)[: history.LISTED])

    return {
        "side_groups": SimpleLazyObject(groups),
        "shown_conversation": shown,
        "question_limit": settings.QUESTION_MAX_CHARS,
    }
