"""The assistant's records; each file holds one subject."""

from chat.models.completion import Completion, FinishReason, Status
from chat.models.conversation import Conversation, Draft
from chat.models.feedback import Feedback, Reason
from chat.models.message import Message, Role

__all__ = [
    "Completion",
    "Conversation",
    "Draft",
    "Feedback",
    "FinishReason",
    "Message",
    "Reason",
    "Role",
    "Status",
]
