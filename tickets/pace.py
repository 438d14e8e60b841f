"""How much one person may write to the desk in a while, so that nobody floods it.

TooMuch                 try again after `wait_s` seconds; nothing was stored
├── TooManyTickets
└── TooManyComments
"""

from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from tickets.models import Comment, Ticket

TICKETS_PER_HOUR = 10


class TooMuch(Exception):
    """So much was written lately that the next has to wait `wait_s` seconds."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s

    @property
    def words(self) -> str:
        return _("That’s a lot in a short time. Your text is still here.")


class TooManyTickets(TooMuch):
    @property
    def words(self) -> str:
        minutes = ceil(self.wait_s / 60)
        return ngettext(
            "That’s a lot of tickets in one hour. You can open the next one in "
            "%(minutes)s minute. Your text is still here.",
            "That’s a lot of tickets in one hour. You can open the next one in "
            "%(minutes)s minutes. Your text is still here.",
            minutes,
        ) % {"minutes": minutes}


class TooManyComments(TooMuch):
    @property
    def words(self) -> str:
        return ngettext(
            "That’s a lot of replies in one minute. You can send the next one in "
            "%(seconds)s second. Your text is still here.",
            "That’s a lot of replies in one minute. You can send the next one in "
            "%(seconds)s seconds. Your text is still here.",
            self.wait_s,
        ) % {"seconds": self.wait_s}


def check_tickets(by: User) -> None:
    """Raise TooManyTickets when the last hour holds as many of theirs as the limit."""
    opened = Ticket.objects.filter(requester=by).order_by("-opened_at")
    times = opened.values_list("opened_at", flat=True)
    if wait_s := _wait_s(times, most=TICKETS_PER_HOUR, within=timedelta(hours=1)):
        raise TooManyTickets(wait_s)


def check_comments(by: User) -> None:
    """Raise TooManyComments when the last minute holds as many of theirs as a chat's questions.

    A chat counts what is written to a person as a question, so it says so before this does.
    """
    written = Comment.objects.filter(author=by).order_by("-created_at")
    times = written.values_list("created_at", flat=True)
    if wait_s := _wait_s(times, most=settings.QUESTIONS_PER_MINUTE, within=timedelta(minutes=1)):
        raise TooManyComments(wait_s)


def _wait_s(times: QuerySet[Ticket | Comment, datetime], *, most: int, within: timedelta) -> int:
    """Seconds until fewer than `most` of the times, newest first, lie `within` the past."""
    decisive = next(iter(times[most - 1 : most]), None)
    if decisive is None:
        return 0
    return max(0, ceil((decisive + within - timezone.now()).total_seconds()))
