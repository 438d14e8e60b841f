"""What the assistant leaves to the worker."""

from django.utils import timezone

from backplane.tasks import task
from chat import conversation


@task
def erase_deleted_conversations() -> int:
    """Erase what was deleted longer ago than it can be undone; running it twice is harmless."""
    return conversation.erase_deleted(timezone.now())
