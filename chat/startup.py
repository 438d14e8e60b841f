"""What the assistant declares to the backplane when a process starts."""

from backplane import schedules, versions
from chat import live
from chat.tasks import erase_deleted_conversations

versions.watch("conversation:", live.page_changed)
versions.watch("ticket:", live.ticket_changed)
schedules.declare("Erase deleted conversations", erase_deleted_conversations, "20 3 * * *")
